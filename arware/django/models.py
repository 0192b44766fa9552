"""Which local user is which person."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ExternalId(models.Model):
    """AuthRocket's id of a local user. Addresses and names change hands, ids do not."""

    external_id = models.CharField("AuthRocket's id", max_length=150, unique=True)
    # A local user is one person's: an id that is new never gets one that has another.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="authrocket",
        verbose_name="user",
    )
    #: When the login began that was last seen here, in seconds since the epoch.
    login_at = models.BigIntegerField("last login seen", default=0)
    #: When the login began whose e-mail address, names and permissions the user has.
    values_at = models.BigIntegerField("values of the login of", default=0)

    class Meta:
        """How people call it."""

        verbose_name = "AuthRocket id"
        verbose_name_plural = "AuthRocket ids"

    def __str__(self) -> str:
        return str(self.external_id)
