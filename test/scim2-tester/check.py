"""Runs scim2-tester against a SCIM server; prints each result as a line of JSON.

Usage: check.py BASE_URL TOKEN SEED [newer]

Its model of ServiceProviderConfig is that of RFC 7643 alone, and it ends at any other attribute. With "newer", it
passes over those that came later, and goes on to the other checks.
"""

import json
import random
import sys
import uuid

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ServiceProviderConfig
from scim2_tester import check_server

base_url, token, seed, *newer = sys.argv[1:]
if newer:
    ServiceProviderConfig.model_config["extra"] = "ignore"
    ServiceProviderConfig.model_rebuild(force=True)
random.seed(int(seed))
# Its values are random UUIDs, mostly; a seed repeats them.
uuid.uuid4 = lambda: uuid.UUID(int=random.getrandbits(128), version=4)
headers = {"Authorization": f"Bearer {token}"}
with Client(base_url=base_url, headers=headers, timeout=30) as http:
    for result in check_server(SyncSCIMClient(http)):
        line = {
            "status": result.status.name,
            "check": result.title,
            "resourceType": result.resource_type,
            "reason": result.reason,
        }
        print(json.dumps(line))
