"""Moments as clients read them in mails: in the language that is set, and in the instance's time zone, whoever's page or job writes it."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from core import instance


def day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment, instance.time_zone()), "DATE_FORMAT")


def day_and_time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment, instance.time_zone()), "DATETIME_FORMAT")
