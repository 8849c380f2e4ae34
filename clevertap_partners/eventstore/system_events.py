"""[pure] Names that the platform gives to events of its own; every other name is custom."""

from __future__ import annotations

SYSTEM_EVENTS = frozenset(
    {
        "AB Experiment Disqualified",
        "AB Experiment Rendered",
        "AB Experiment Rolled Out",
        "AB Experiment Stopped",
        "App Installed",
        "App Launched",
        "App Uninstalled",
        "App Version Changed",
        "Channel Subscribed",
        "Channel Unsubscribed",
        "Charged",
        "Control Group (Custom)",
        "Control Group (System)",
        "Geocluster Entered",
        "Geocluster Exited",
        "Identity Error",
        "Identity Reset",
        "Identity Set",
        "Notification Clicked",
        "Notification Delivered",
        "Notification Replied",
        "Notification Sent",
        "Notification Viewed",
        "Partner Sync",
        "Push Impressions",
        "Push Unregistered",
        "Reachable By",
        "Reply Sent",
        "Session Concluded",
        "State Transitioned",
        "UTM Visited",
        "Webhook Delivered",
    }
)
