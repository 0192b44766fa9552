"""The table of external ids."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Make the table."""

    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]  # noqa: RUF012 - Django reads it from the class

    operations = [  # noqa: RUF012 - Django reads it from the class
        migrations.CreateModel(
            name="ExternalId",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "external_id",
                    models.CharField(
                        max_length=150, unique=True, verbose_name="AuthRocket's id"
                    ),
                ),
                (
                    "login_at",
                    models.BigIntegerField(default=0, verbose_name="last login seen"),
                ),
                (
                    "values_at",
                    models.BigIntegerField(
                        default=0, verbose_name="values of the login of"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="authrocket",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "AuthRocket id",
                "verbose_name_plural": "AuthRocket ids",
            },
        ),
    ]
