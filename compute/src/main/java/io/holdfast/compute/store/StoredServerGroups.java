package io.holdfast.compute.store;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.HostState;
import io.holdfast.compute.SayTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.ServerGroups;
import io.holdfast.compute.core.GroupRule;
import io.holdfast.compute.core.InstanceRules;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.store.Store;
import jakarta.persistence.LockModeType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Server groups in the store. Members are a column of the instance, so a group's row changes for its say and to end, and never else. */
final class StoredServerGroups implements ServerGroups {

    private static final Logger log = LoggerFactory.getLogger(StoredServerGroups.class);

    private final Store store;
    private final InstantSource clock;

    StoredServerGroups(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public ServerGroup create(NewGroup wanted, Actor by) {
        ServerGroupRow row = new ServerGroupRow();
        row.id = UUID.randomUUID();
        row.name = InstanceRules.name(wanted.name());
        row.project = wanted.project().value();
        row.userName = wanted.user();
        row.policy = wanted.policy();
        row.maxPerHost = GroupRule.maxPerHost(wanted.policy(), wanted.maxPerHost());
        row.createdAt = clock.instant();
        store.inTransactionDo(session -> {
            StoredQuotas.requireGroupRoom(session, wanted.project());
            session.persist(row);
        });
        log.info("server group {} ({}) created by {} for project {}", row.id, row.policy.word(), by, row.project);
        return find(ServerGroupId.of(row.id)).orElseThrow(() -> notFound(ServerGroupId.of(row.id)));
    }

    @Override
    public List<ServerGroup> list(@Nullable ProjectId project) {
        return store.inTransaction(session -> {
            List<ServerGroupRow> rows = session.createSelectionQuery(
                            "from ServerGroup where deletedAt is null and (:project is null or project = :project)"
                                    + " order by createdAt, id",
                            ServerGroupRow.class)
                    .setParameter("project", project == null ? null : project.value())
                    .list();
            return rows.isEmpty() ? List.of() : withMembers(session, rows);
        });
    }

    @Override
    public Optional<ServerGroup> find(ServerGroupId group) {
        return store.inTransaction(session -> find(session, group.value()));
    }

    @Override
    public Optional<ServerGroup> of(InstanceId instance) {
        return store.inTransaction(session -> Optional.ofNullable(session.createSelectionQuery(
                                "select serverGroup from Instance where id = :id and deletedAt is null"
                                        + " and serverGroup is not null",
                                UUID.class)
                        .setParameter("id", instance.value())
                        .uniqueResult())
                .flatMap(group -> find(session, group)));
    }

    @Override
    public void delete(ServerGroupId group, Actor by) {
        store.inTransactionDo(session -> {
            ServerGroupRow row = session.find(ServerGroupRow.class, group.value(), LockModeType.PESSIMISTIC_WRITE);
            if (row == null || row.deletedAt != null) {
                throw notFound(group);
            }
            row.deletedAt = clock.instant();
        });
        log.info("server group {} deleted by {}", group, by);
    }

    @Override
    public ServerGroup say(ServerGroupId group, @Nullable SayTerms say, Actor by) {
        store.inTransactionDo(session -> {
            ServerGroupRow row = session.find(ServerGroupRow.class, group.value(), LockModeType.PESSIMISTIC_WRITE);
            if (row == null || row.deletedAt != null) {
                throw notFound(group);
            }
            SayTerms asks = say != null && say.asks() ? say : null;
            row.sayWithinSeconds =
                    asks == null ? null : Math.toIntExact(asks.within().toSeconds());
            row.sayOtherwise = asks == null ? null : asks.otherwise();
        });
        log.info("server group {}: say {}, by {}", group, say == null ? "none" : TermsRule.word(say), by);
        return find(group).orElseThrow(() -> notFound(group));
    }

    private static @Nullable SayTerms say(ServerGroupRow row) {
        return row.sayWithinSeconds == null || row.sayOtherwise == null
                ? null
                : new SayTerms(Duration.ofSeconds(row.sayWithinSeconds), row.sayOtherwise);
    }

    private static Optional<ServerGroup> find(Session session, UUID id) {
        return Optional.ofNullable(session.find(ServerGroupRow.class, id))
                .filter(row -> row.deletedAt == null)
                .map(row -> withMembers(session, List.of(row)).getFirst());
    }

    /** Two statements for all groups together. */
    private static List<ServerGroup> withMembers(Session session, List<ServerGroupRow> rows) {
        Map<UUID, List<InstanceId>> members = new HashMap<>();
        Map<UUID, Map<InstanceId, HostId>> homes = new HashMap<>();
        Map<UUID, Set<String>> spread = new HashMap<>();
        session.createSelectionQuery(
                        "select i.serverGroup, i.id, h.id, h.state, i.spread from Instance i left join Host h on h.id = i.host"
                                + " where i.serverGroup in (:groups) and i.deletedAt is null order by i.createdAt, i.id",
                        Object[].class)
                .setParameterList("groups", rows.stream().map(row -> row.id).toList())
                .list()
                .forEach(line -> {
                    UUID group = (UUID) line[0];
                    InstanceId member = InstanceId.of((UUID) line[1]);
                    spread.computeIfAbsent(group, g -> new TreeSet<>()).addAll(InstanceRow.kinds((String) line[4]));
                    members.computeIfAbsent(group, g -> new ArrayList<>()).add(member);
                    if (line[2] instanceof String home && line[3] != HostState.FENCED) {
                        homes.computeIfAbsent(group, g -> new LinkedHashMap<>()).put(member, HostId.of(home));
                    }
                });
        return rows.stream()
                .map(row -> new ServerGroup(
                        ServerGroupId.of(row.id),
                        row.name,
                        ProjectId.of(row.project),
                        row.userName,
                        row.policy,
                        row.maxPerHost,
                        members.getOrDefault(row.id, List.of()),
                        homes.getOrDefault(row.id, Map.of()),
                        row.createdAt,
                        say(row),
                        spread.getOrDefault(row.id, Set.of())))
                .toList();
    }

    private static ComputeException notFound(ServerGroupId group) {
        return new ComputeException(Kind.NOT_FOUND, "Instance group " + group + " could not be found.");
    }
}
