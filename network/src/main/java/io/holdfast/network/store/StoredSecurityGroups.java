package io.holdfast.network.store;

import io.holdfast.model.ProjectId;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.SecurityGroup;
import io.holdfast.network.SecurityGroups;
import io.holdfast.network.core.RuleRules;
import io.holdfast.store.Store;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Security groups in the store. */
public final class StoredSecurityGroups implements SecurityGroups {

    private final Store store;
    private final Quotas quotas;
    private final GroupRows groups;
    private final InstantSource clock;

    public StoredSecurityGroups(Store store, NetworkSettings settings, InstantSource clock) {
        this.store = store;
        this.quotas = new Quotas(settings);
        this.groups = new GroupRows(clock);
        this.clock = clock;
    }

    @Override
    public List<SecurityGroup> groups(@Nullable ProjectId project) {
        return store.inTransaction(session -> {
            if (project != null) {
                groups.defaultOf(session, project);
            }
            return complete(
                    session,
                    session.createSelectionQuery(
                                    "from SecurityGroup where :project is null or project = :project"
                                            + " order by createdAt, id",
                                    GroupRow.class)
                            .setParameter("project", project == null ? null : project.value(), String.class)
                            .list());
        });
    }

    @Override
    public Optional<SecurityGroup> group(UUID id) {
        return store.inTransaction(session -> Optional.ofNullable(session.find(GroupRow.class, id))
                .map(row -> complete(session, List.of(row)).getFirst()));
    }

    private static List<SecurityGroup> complete(Session session, List<GroupRow> rows) {
        if (rows.isEmpty()) {
            return List.of();
        }
        Map<UUID, List<RuleRow>> rules = session
                .createSelectionQuery("from SecurityGroupRule where groupId in (:groups)", RuleRow.class)
                .setParameterList("groups", rows.stream().map(row -> row.id).toList())
                .list()
                .stream()
                .sorted(Comparator.comparing((RuleRow rule) -> rule.createdAt).thenComparing(rule -> rule.id))
                .collect(Collectors.groupingBy(rule -> rule.groupId));
        return rows.stream()
                .map(row -> row.toGroup(rules.getOrDefault(row.id, List.of()).stream()
                        .map(rule -> rule.toRule(row.project))
                        .toList()))
                .toList();
    }

    @Override
    public SecurityGroup create(ProjectId project, String name, String description) {
        if (name.equals(SecurityGroup.DEFAULT)) {
            throw new NetworkException(Problem.DEFAULT_GROUP, "Default security group already exists.");
        }
        GroupRow row = new GroupRow();
        row.id = UUID.randomUUID();
        row.project = project.value();
        row.name = name;
        row.description = description;
        row.createdAt = now();
        row.updatedAt = row.createdAt;
        return store.inTransaction(session -> {
            quotas.forGroup(session, project);
            session.persist(row);
            groups.letOut(session, row.id);
            session.flush();
            return complete(session, List.of(row)).getFirst();
        });
    }

    @Override
    public SecurityGroup change(UUID group, @Nullable String name, @Nullable String description) {
        return store.inTransaction(session -> {
            GroupRow row = lock(session, group);
            if (name != null && !name.equals(row.name)) {
                if (row.isDefault || name.equals(SecurityGroup.DEFAULT)) {
                    throw new NetworkException(Problem.DEFAULT_GROUP, "Updating default security group not allowed.");
                }
                row.name = name;
            }
            row.description = description == null ? row.description : description;
            row.updatedAt = now();
            return complete(session, List.of(row)).getFirst();
        });
    }

    @Override
    public void deleteGroup(UUID group) {
        store.inTransactionDo(session -> {
            GroupRow row = lock(session, group);
            if (row.isDefault) {
                throw new NetworkException(
                        Problem.DEFAULT_GROUP, "Insufficient rights for removing default security group.");
            }
            long ports = session.createNativeQuery(
                            "select count(*) from port_security_group where group_id = :group", Long.class)
                    .setParameter("group", group)
                    .getSingleResult();
            long rules = session.createSelectionQuery(
                            "select count(*) from SecurityGroupRule where remoteGroup = :group and groupId <> :group",
                            Long.class)
                    .setParameter("group", group)
                    .getSingleResult();
            if (ports > 0 || rules > 0) {
                throw new NetworkException(Problem.GROUP_IN_USE, "Security Group " + group + " in use.");
            }
            session.createMutationQuery("delete from SecurityGroupRule where groupId = :group")
                    .setParameter("group", group)
                    .executeUpdate();
            session.remove(row);
        });
    }

    @Override
    public Optional<SecurityGroup.Rule> rule(UUID id) {
        return store.inTransaction(session -> Optional.ofNullable(session.find(RuleRow.class, id))
                .flatMap(rule -> Optional.ofNullable(session.find(GroupRow.class, rule.groupId))
                        .map(group -> rule.toRule(group.project))));
    }

    @Override
    public SecurityGroup.Rule create(NewRule wanted) {
        RuleRules.check(wanted);
        RuleRow row = new RuleRow();
        row.id = UUID.randomUUID();
        row.groupId = wanted.group();
        row.description = wanted.description();
        row.direction = wanted.direction();
        row.ethertype = wanted.ethertype();
        row.protocol = wanted.protocol();
        row.portMin = wanted.portMin();
        row.portMax = wanted.portMax();
        row.remotePrefix = wanted.remotePrefix();
        row.remoteGroup = wanted.remoteGroup();
        row.createdAt = now();
        return store.inTransaction(session -> {
            GroupRow group = lock(session, wanted.group());
            ProjectId project = ProjectId.of(group.project);
            quotas.forRule(session, project);
            if (wanted.remoteGroup() != null) {
                groups.ofIds(session, project, List.of(wanted.remoteGroup()));
            }
            session
                    .createSelectionQuery("from SecurityGroupRule where groupId = :group", RuleRow.class)
                    .setParameter("group", group.id)
                    .list()
                    .stream()
                    .filter(row::saysTheSameAs)
                    .findFirst()
                    .ifPresent(same -> {
                        throw new NetworkException(
                                Problem.RULE_EXISTS, "Security group rule already exists. Rule id is " + same.id + ".");
                    });
            session.persist(row);
            group.updatedAt = now();
            return row.toRule(group.project);
        });
    }

    @Override
    public void deleteRule(UUID rule) {
        store.inTransactionDo(session -> {
            RuleRow row = session.find(RuleRow.class, rule);
            if (row == null) {
                throw new NetworkException(Problem.RULE_NOT_FOUND, "Security group rule " + rule + " does not exist");
            }
            session.remove(row);
        });
    }

    private static GroupRow lock(Session session, UUID id) {
        GroupRow row = session.find(GroupRow.class, id, LockModeType.PESSIMISTIC_WRITE);
        if (row == null) {
            throw GroupRows.notFound(id.toString());
        }
        return row;
    }

    /** As exact as the database keeps it, so that what was made equals what is read. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
