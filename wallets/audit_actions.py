from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "wallets.created": _("Wallet created"),
    "wallets.renamed": _("Wallet renamed"),
    "wallets.closed": _("Wallet closed"),
    "wallets.reopened": _("Wallet reopened"),
    "users.wallets_chosen": _("Wallets chosen that the person sees"),
}
