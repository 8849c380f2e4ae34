"""Accounts for operators: plans, features, members; people; and the audit log to read."""

from clevertap_partners.accounts.admin import accounts, audit_log, people

__all__ = ["accounts", "audit_log", "people"]
