"""Writes what requests-cache keeps: a SQLite file and a folder, both with its JSON serializer, and one pickled file.

Arguments: the origin's URL, the folder to write to. Prints as JSON which URLs were asked for, with the bytes that came.
"""
import base64
import json
import sys
from copy import deepcopy
from os.path import join
from typing import ForwardRef

import requests_cache
from requests_cache.models import CachedResponse
from requests_cache.serializers import preconf

origin, folder = sys.argv[1:]

# Releases before 1.0 fail to write redirects as JSON with newer releases of cattrs; later ones do this themselves.
if requests_cache.__version__ < '1':
    converter = preconf._json_preconf_stage.converter
    converter.register_unstructure_hook_func(
        lambda kind: isinstance(kind, (ForwardRef, str)),
        lambda response: converter.unstructure(response, CachedResponse),
    )

NEVER, LONG, SHORT = -1, 10_000_000, 1
ASKED = [
    ('GET', '/json?a=1&b=caf%C3%A9', NEVER, {}),
    ('GET', '/text', LONG, {}),
    ('GET', '/binary', NEVER, {}),
    ('GET', '/gzip', NEVER, {}),
    ('GET', '/empty', NEVER, {}),
    ('GET', '/no-content', NEVER, {}),
    ('GET', '/missing', LONG, {}),
    ('GET', '/vary', NEVER, {}),
    ('GET', '/vary', NEVER, {'headers': {'X-Variant': 'b'}}),
    ('GET', '/start', NEVER, {}),
    ('GET', '/short', SHORT, {}),
    ('POST', '/post', NEVER, {'json': {'b': 1, 'a': [2]}}),
    ('GET', '/private', NEVER, {'headers': {'Authorization': 'Bearer mine'}}),
]

results = []
for name, options in (
    (join(folder, 'cache.sqlite'), {'backend': 'sqlite', 'serializer': 'json'}),
    (join(folder, 'cache'), {'backend': 'filesystem', 'serializer': 'json'}),
    (join(folder, 'pickled.sqlite'), {'backend': 'sqlite', 'serializer': 'pickle'}),
):
    session = requests_cache.CachedSession(
        name,
        allowable_codes=(200, 204, 404),
        allowable_methods=('GET', 'POST'),
        match_headers=['X-Variant', 'Authorization'],
        **options,
    )
    for method, path, expire_after, more in ASKED:
        # A copy, since it writes into what it is given.
        response = session.request(method, origin + path, expire_after=expire_after, **deepcopy(more))
        if options['backend'] == 'filesystem':
            results.append([method, path, more, response.status_code, base64.b64encode(response.content).decode()])
    session.close()

print(json.dumps(results))
