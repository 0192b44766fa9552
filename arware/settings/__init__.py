"""Settings: where they are read, what they mean, and what is wrong with them."""

from .checks import adapter_faults, client_faults, key_faults
from .faults import Fault, fault_of
from .names import VARIABLES, SettingsKeywords
from .pages import PageLink, PageName, PageValues, Render
from .secret import SECRET_BYTES
from .settings import Settings, checked
from .sources import environ_values, read_mapping, unknown_variables, values_of

__all__ = [
    "SECRET_BYTES",
    "VARIABLES",
    "Fault",
    "PageLink",
    "PageName",
    "PageValues",
    "Render",
    "Settings",
    "SettingsKeywords",
    "adapter_faults",
    "checked",
    "client_faults",
    "environ_values",
    "fault_of",
    "key_faults",
    "read_mapping",
    "unknown_variables",
    "values_of",
]
