from assets.enums import AssetStatus
from audit.transitions import Transitions

ASSET = Transitions(
    field="status",
    moves={
        AssetStatus.ACTIVE: {AssetStatus.DEACTIVATED: "assets.deactivated"},
        AssetStatus.DEACTIVATED: {AssetStatus.ACTIVE: "assets.reactivated"},
    },
)
