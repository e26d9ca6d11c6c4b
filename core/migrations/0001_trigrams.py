"""Trigrams carry every "like" search (DESIGN section 3). The core has no tables; apps with a trigram index depend on this."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [TrigramExtension()]
