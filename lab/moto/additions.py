"""Operations of IAM that moto 5.2.5 does not have: client ids that are added to an OIDC provider and removed."""

from moto.core.responses import EmptyResult
from moto.iam.responses import IamResponse


def add_client_id(self):
    """Adds one; one that is there already is no error."""
    known = _provider(self).client_id_list
    client = self._get_param("ClientID")
    if client not in known:
        known.append(client)
    return EmptyResult()


def remove_client_id(self):
    """Removes one; one that is not there is no error."""
    known = _provider(self).client_id_list
    client = self._get_param("ClientID")
    if client in known:
        known.remove(client)
    return EmptyResult()


def _provider(response):
    return response.backend.get_open_id_connect_provider(response._get_param("OpenIDConnectProviderArn"))


def install():
    """Makes moto answer them."""
    IamResponse.add_client_id_to_open_id_connect_provider = add_client_id
    IamResponse.remove_client_id_from_open_id_connect_provider = remove_client_id
