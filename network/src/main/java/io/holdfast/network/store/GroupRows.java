package io.holdfast.network.store;

import io.holdfast.model.ProjectId;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.SecurityGroup;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Security groups within somebody's transaction. */
final class GroupRows {

    private final InstantSource clock;

    GroupRows(InstantSource clock) {
        this.clock = clock;
    }

    /** The project's default group; made when it is not there yet. Two that make it at the same time make one. */
    UUID defaultOf(Session session, ProjectId project) {
        UUID there = findDefault(session, project);
        if (there != null) {
            return there;
        }
        UUID id = UUID.randomUUID();
        int made = session.createNativeMutationQuery("""
                        insert into security_group (id, project, name, description, is_default, created_at, updated_at)
                        values (:id, :project, :name, 'Default security group', true, :now, :now)
                        on conflict (project) where is_default do nothing
                        """)
                .setParameter("id", id)
                .setParameter("project", project.value())
                .setParameter("name", SecurityGroup.DEFAULT)
                .setParameter("now", clock.instant())
                .executeUpdate();
        if (made == 0) {
            return Objects.requireNonNull(findDefault(session, project), "a default group that was made");
        }
        letOut(session, id);
        letIn(session, id);
        session.flush();
        return id;
    }

    /** The rules that let everything out, which each new group has. */
    void letOut(Session session, UUID group) {
        session.persist(rule(group, "egress", "IPv4", null));
        session.persist(rule(group, "egress", "IPv6", null));
    }

    /** The rules of the default group that let in what other ports of the group send. */
    private void letIn(Session session, UUID group) {
        session.persist(rule(group, "ingress", "IPv4", group));
        session.persist(rule(group, "ingress", "IPv6", group));
    }

    private RuleRow rule(UUID group, String direction, String ethertype, @Nullable UUID remoteGroup) {
        RuleRow row = new RuleRow();
        row.id = UUID.randomUUID();
        row.groupId = group;
        row.description = "";
        row.direction = direction;
        row.ethertype = ethertype;
        row.remoteGroup = remoteGroup;
        row.createdAt = clock.instant();
        return row;
    }

    private static @Nullable UUID findDefault(Session session, ProjectId project) {
        return session.createSelectionQuery(
                        "select id from SecurityGroup where project = :project and isDefault", UUID.class)
                .setParameter("project", project.value())
                .uniqueResult();
    }

    /** @throws NetworkException GROUP_NOT_FOUND when one is not there or another project's */
    Set<UUID> ofIds(Session session, ProjectId project, Collection<UUID> ids) {
        for (UUID id : ids) {
            GroupRow row = session.find(GroupRow.class, id);
            if (row == null || !row.project.equals(project.value())) {
                throw notFound(id.toString());
            }
        }
        return new LinkedHashSet<>(ids);
    }

    /** By name or id. @throws NetworkException GROUP_NOT_FOUND, or AMBIGUOUS when several have the name */
    Set<UUID> ofWords(Session session, ProjectId project, List<String> words) {
        if (words.isEmpty()) {
            return Set.of(defaultOf(session, project));
        }
        Set<UUID> groups = new LinkedHashSet<>();
        for (String word : words) {
            if (word.equals(SecurityGroup.DEFAULT)) {
                groups.add(defaultOf(session, project));
                continue;
            }
            List<UUID> found = session.createSelectionQuery(
                            "select id from SecurityGroup where project = :project"
                                    + " and (name = :word or cast(id as string) = :word)",
                            UUID.class)
                    .setParameter("project", project.value())
                    .setParameter("word", word)
                    .list();
            if (found.isEmpty()) {
                throw notFound(word);
            }
            if (found.size() > 1) {
                throw new NetworkException(
                        Problem.AMBIGUOUS,
                        "Multiple security groups found matching '" + word + "'. Use an ID to be more specific.");
            }
            groups.add(found.getFirst());
        }
        return groups;
    }

    static NetworkException notFound(String which) {
        return new NetworkException(Problem.GROUP_NOT_FOUND, "Security group " + which + " does not exist");
    }
}
