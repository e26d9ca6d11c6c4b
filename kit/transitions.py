from audit.transitions import Transitions
from kit.enums import ScheduleStatus

SCHEDULE = Transitions(
    moves={
        ScheduleStatus.ACTIVE: {ScheduleStatus.PAUSED: "schedules.paused"},
        ScheduleStatus.PAUSED: {ScheduleStatus.ACTIVE: "schedules.resumed"},
    }
)
