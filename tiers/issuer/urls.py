from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.pages import MenuItem
from tiers.enums import Right
from tiers.issuer import charges, clients, commissions, dictionaries, fees, prices

urlpatterns = [
    path("dictionaries/", dictionaries.DictionaryList.as_view(), name="dictionary-list"),
    path("dictionaries/new/", dictionaries.CreateEntry.as_view(), name="dictionary-create"),
    path("dictionaries/<str:reference>/", dictionaries.DictionaryDetail.as_view(), name="dictionary-detail"),
    path("dictionaries/<str:reference>/edit/", dictionaries.EditEntry.as_view(), name="dictionary-edit"),
    path("dictionaries/<str:reference>/activate/", dictionaries.ActivateEntry.as_view(), name="dictionary-activate"),
    path("dictionaries/<str:reference>/deactivate/", dictionaries.DeactivateEntry.as_view(), name="dictionary-deactivate"),
    path("tiers/", dictionaries.TierList.as_view(), name="tier-list"),
    path("price-lists/", prices.PriceListList.as_view(), name="price-list-list"),
    path("price-lists/new/", prices.CreatePriceList.as_view(), name="price-list-create"),
    path("price-lists/<str:reference>/", prices.PriceListDetail.as_view(), name="price-list-detail"),
    path("price-lists/<str:reference>/edit/", prices.EditPriceList.as_view(), name="price-list-edit"),
    path("price-lists/<str:reference>/level-fees/new/", fees.AddLevelFee.as_view(), name="level-fee-add"),
    path("price-lists/<str:reference>/recurring-fees/new/", fees.AddRecurringFee.as_view(), name="recurring-fee-add"),
    path("price-lists/<str:reference>/operation-fees/new/", fees.AddOperationFee.as_view(), name="operation-fee-add"),
    path("assets/<str:code>/commissions/new/", fees.AddCommission.as_view(), name="commission-add"),
    path("level-fees/<str:reference>/change/", fees.ChangeLevelFee.as_view(), name="level-fee-change"),
    path("level-fees/<str:reference>/end/", fees.EndLevelFee.as_view(), name="level-fee-end"),
    path("level-fees/<str:reference>/delete/", fees.DeleteLevelFee.as_view(), name="level-fee-delete"),
    path("recurring-fees/<str:reference>/change/", fees.ChangeRecurringFee.as_view(), name="recurring-fee-change"),
    path("recurring-fees/<str:reference>/end/", fees.EndRecurringFee.as_view(), name="recurring-fee-end"),
    path("recurring-fees/<str:reference>/delete/", fees.DeleteRecurringFee.as_view(), name="recurring-fee-delete"),
    path("operation-fees/<str:reference>/change/", fees.ChangeOperationFee.as_view(), name="operation-fee-change"),
    path("operation-fees/<str:reference>/end/", fees.EndOperationFee.as_view(), name="operation-fee-end"),
    path("operation-fees/<str:reference>/delete/", fees.DeleteOperationFee.as_view(), name="operation-fee-delete"),
    path("recurring-charges/", charges.RecurringChargeList.as_view(), name="recurring-charge-list"),
    path("recurring-charges/<str:reference>/pay/", charges.ChargeNow.as_view(), name="recurring-charge-pay"),
    path("clients/<str:reference>/tier/", clients.SetTier.as_view(), name="client-tier"),
    path("clients/<str:reference>/subtype/", clients.SetKind.as_view(), name="client-kind"),
    path("clients/<str:reference>/price-list/", clients.AssignPriceList.as_view(), name="client-price-list"),
]

clients.register()
commissions.register()
extend("menu", "issuer", MenuItem("clients", _("Tiers"), "tier-list", "stairs-up", Right.TIERS_SEE, order=40))
extend("menu", "issuer", MenuItem("clients", _("Price lists"), "price-list-list", "receipt-2", Right.PRICES_SEE, order=60))
