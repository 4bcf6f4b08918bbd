"""The services, neutral to the door through which a call comes: conversion, error mapping and the call pipeline."""

from brokerwire_server.api.dispatch import Limits
from brokerwire_server.api.errors import CallError
from brokerwire_server.api.facade import Api
from brokerwire_server.api.methods import Call, Idempotency, Method, Shape
from brokerwire_server.api.observer import Observer
from brokerwire_server.engine.access import Certificate, Credentials

__all__ = [
    "Api",
    "Call",
    "CallError",
    "Certificate",
    "Credentials",
    "Idempotency",
    "Limits",
    "Method",
    "Observer",
    "Shape",
]
