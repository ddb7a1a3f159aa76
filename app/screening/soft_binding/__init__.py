"""C2PA's Soft Binding Resolution API 2.4: manifests found again for files that lost them.

| question | file |
|---|---|
| what sounds like this file? | ``search.py``, through the catalogue's index |
| which manifests belong to that, or to an ISCC? | ``resolution.py`` |
| where does a manifest lie, and what proves it? | ``manifests.py`` |
| a file at an address that somebody names | ``references.py`` |
| HTTP of asking | ``api.py`` |
| HTTP of fetching and storing | ``store_api.py`` |
| HTTP of what this service can do | ``service_api.py`` |
"""
