package io.holdfast.network.store;

import io.holdfast.model.ProjectId;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.Networks;
import org.hibernate.Session;

/**
 * How many a project may have. Counted when one more is made; those that are made at the same moment do not see each other,
 * so a project may exceed it by as many as it makes at once.
 */
final class Quotas {

    private final NetworkSettings settings;

    Quotas(NetworkSettings settings) {
        this.settings = settings;
    }

    void forNetwork(Session session, ProjectId project) {
        require(count(session, "Network", project), settings.networksMax(), "network");
    }

    void forSubnet(Session session, ProjectId project) {
        require(count(session, "Subnet", project), settings.subnetsMax(), "subnet");
    }

    void forPort(Session session, ProjectId project) {
        require(count(session, "Port", project), settings.portsMax(), "port");
    }

    void forGroup(Session session, ProjectId project) {
        require(count(session, "SecurityGroup", project), settings.securityGroupsMax(), "security_group");
    }

    void forRule(Session session, ProjectId project) {
        require(rules(session, project), settings.securityGroupRulesMax(), "security_group_rule");
    }

    Networks.Usage usage(Session session, ProjectId project) {
        return new Networks.Usage(
                count(session, "Network", project),
                count(session, "Subnet", project),
                count(session, "Port", project),
                count(session, "SecurityGroup", project),
                rules(session, project));
    }

    private static int count(Session session, String entity, ProjectId project) {
        return Math.toIntExact(
                session.createSelectionQuery("select count(*) from " + entity + " where project = :project", Long.class)
                        .setParameter("project", project.value())
                        .getSingleResult());
    }

    private static int rules(Session session, ProjectId project) {
        return Math.toIntExact(session.createSelectionQuery(
                        "select count(*) from SecurityGroupRule r join SecurityGroup g on g.id = r.groupId"
                                + " where g.project = :project",
                        Long.class)
                .setParameter("project", project.value())
                .getSingleResult());
    }

    private static void require(int there, int max, String what) {
        if (there >= max) {
            throw new NetworkException(
                    Problem.QUOTA,
                    "Quota exceeded for resources: ['" + what + "']. A project has at most " + max + ".");
        }
    }
}
