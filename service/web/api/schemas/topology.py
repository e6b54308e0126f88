"""Who serves here, and who is asking."""

from __future__ import annotations

from service.web.api.schemas import Answer, PageOf, bag, each, integer, moment, nested, one_of, text, texts, yes_or_no
from service.web.api.schemas.values import PARTITION_HEALTHS, PARTITION_ROLES, PARTITION_STATES


class Partition(Answer):
    partitionId = integer()
    role = one_of(PARTITION_ROLES)
    health = one_of(PARTITION_HEALTHS)
    state = one_of(PARTITION_STATES)


class Broker(Answer):
    nodeId = integer()
    brokerId = text()
    host = text()
    port = integer()
    partitions = each(Partition)
    version = text()


class Topology(Answer):
    brokers = each(Broker)
    clusterId = text(null=True)
    clusterSize = integer()
    partitionsCount = integer()
    replicationFactor = integer()
    gatewayVersion = text(about="The version that diagrams are stamped with: modelers warn when the two differ.")
    lastCompletedChangeId = text()


class Licence(Answer):
    validLicense = yes_or_no()
    licenseType = text()
    isCommercial = yes_or_no()
    expiresAt = moment(null=True)


class Tenant(Answer):
    tenantId = text()
    name = text()
    description = text(null=True)


class Me(Answer):
    username = text()
    displayName = text(null=True)
    email = text(null=True)
    authorizedComponents = texts()
    tenants = each(Tenant)
    groups = texts()
    roles = texts()
    salesPlanType = text(null=True)
    c8Links = bag()
    canLogout = yes_or_no()


class Authorization(Answer):
    """None is ever listed."""


class AuthorizationPage(Answer):
    items = each(Authorization)
    page = nested(PageOf)
    authorizationsEnabled = yes_or_no()


class ClusterVariable(Answer):
    """None is ever listed."""
