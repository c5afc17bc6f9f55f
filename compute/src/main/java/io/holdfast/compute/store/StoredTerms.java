package io.holdfast.compute.store;

import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.PlacementHints;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.model.Amounts;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.NumaWish;
import io.holdfast.model.ProjectId;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.hibernate.Session;

/** What owners and flavors said about where instances run: columns of {@code instance}, and tables
 * {@code instance_extra_spec} and {@code instance_image_property}. What hosts are, they are told in table {@code provider_trait}. */
final class StoredTerms {

    private StoredTerms() {}

    /** Keeps what was asked for about a new instance; its kinds of failure domain are in its row already. */
    static void keep(Session session, InstanceRow row, PlacementHints hints) {
        if (!hints.sameHost().isEmpty() || !hints.differentHost().isEmpty() || hints.sameProject()) {
            Jdbc.update(
                    session,
                    "update instance set same_host = ?, different_host = ?, same_project = ? where id = ?",
                    ids(hints.sameHost()),
                    ids(hints.differentHost()),
                    hints.sameProject(),
                    row.id);
        }
    }

    /** Keeps what the flavors of new instances say now about hosts and of a policy, and their images; one statement for each of the two. */
    static void keepWishes(Session session, Collection<InstanceRow> made) {
        if (!made.isEmpty()) {
            UUID[] ids = made.stream().map(row -> row.id).toArray(UUID[]::new);
            Jdbc.update(
                    session,
                    "insert into instance_extra_spec (instance_id, key, value)"
                            + " select i.id, s.key, s.value from instance i join flavor_extra_spec s on s.flavor_id = i.flavor_id"
                            + " where i.id = any(?) and (starts_with(s.key, ?) or starts_with(s.key, ?) or starts_with(s.key, ?) or s.key = ?)",
                    ids,
                    HostWish.AGGREGATE,
                    HostWish.TRAIT,
                    HostWish.ANY_TRAIT,
                    PlacementTerms.POLICY);
            keepImages(session, ids);
        }
    }

    /** It is made of another image now. It stays on its host, whatever that image was made for; the next home has to suit it. */
    static void rebuilt(Session session, InstanceRow row) {
        Jdbc.update(session, "delete from instance_image_property where instance_id = ?", row.id);
        keepImages(session, row.id);
    }

    private static void keepImages(Session session, UUID... ids) {
        Jdbc.update(
                session,
                "insert into instance_image_property (instance_id, key, value)"
                        + " select i.id, p.key, p.value from instance i join image_property p on p.image_id = i.image_id"
                        + " where i.id = any(?)",
                (Object) ids);
    }

    /** By host, what clients of Placement say that it is; without those of whom they say nothing. */
    static Map<HostId, Set<String>> traits(Session session) {
        Map<HostId, Set<String>> traits = new HashMap<>();
        // Thousands of hosts have few different sets.
        Map<Set<String>, Set<String>> same = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> Map.entry(HostId.of(row.getString(1)), Set.of((String[])
                                row.getArray(2).getArray())),
                        "select h.id, array_agg(t.trait) from provider_trait t join host h on h.uuid = t.provider group by h.id")
                .forEach(one -> traits.put(one.getKey(), same.computeIfAbsent(one.getValue(), set -> set)));
        return traits;
    }

    /** @param same those that it named; its project's older ones are added */
    private record Said(
            UUID id,
            String project,
            Amounts amounts,
            NumaWish numa,
            Set<InstanceId> same,
            Set<InstanceId> apart,
            boolean followsItsProject) {}

    static Map<InstanceId, PlacementTerms> of(Session session, Collection<InstanceId> instances) {
        UUID[] all = ids(instances);
        List<Said> said = Jdbc.list(
                session,
                row -> new Said(
                        row.getObject("id", UUID.class),
                        row.getString("project"),
                        Amounts.parse(row.getString("amounts")),
                        NumaWish.parse(row.getString("numa")),
                        ids(row, "same_host"),
                        ids(row, "different_host"),
                        row.getBoolean("same_project")),
                "select id, project, amounts, numa, same_host, different_host, same_project from instance where id = any(?)",
                (Object) all);
        if (said.stream().anyMatch(Said::followsItsProject)) {
            addOlder(session, said);
        }
        Map<UUID, Set<InstanceId>> askedOf = askedOf(session, all);
        Map<UUID, Map<String, String>> specs = new HashMap<>();
        Map<UUID, String> policies = new HashMap<>();
        for (Spec one : kept(session, "instance_extra_spec", all)) {
            if (one.key.equals(PlacementTerms.POLICY)) {
                policies.put(one.instance, one.value);
            } else {
                specs.computeIfAbsent(one.instance, id -> new HashMap<>()).put(one.key, one.value);
            }
        }
        Map<UUID, Map<String, String>> images = new HashMap<>();
        for (Spec one : kept(session, "instance_image_property", all)) {
            images.computeIfAbsent(one.instance, id -> new HashMap<>()).put(one.key, one.value);
        }
        said.forEach(one -> one.amounts
                .of()
                .forEach((name, amount) -> specs.computeIfAbsent(one.id, id -> new HashMap<>())
                        .put(Amounts.SPEC + name, amount.toString())));
        // Of one flavor and one image there are many, who want the same.
        Map<HostWish, HostWish> wishes = new HashMap<>();
        Set<InstanceId> named = new HashSet<>();
        said.forEach(one -> {
            named.addAll(one.same);
            named.addAll(one.apart);
        });
        askedOf.values().forEach(named::addAll);
        Map<InstanceId, HostId> homes = homes(session, named);
        Map<InstanceId, PlacementTerms> terms = new HashMap<>();
        for (Said one : said) {
            Set<InstanceId> apart = new HashSet<>(one.apart);
            apart.addAll(askedOf.getOrDefault(one.id, Set.of()));
            Map<InstanceId, HostId> own = new HashMap<>(homes);
            own.keySet().removeIf(id -> !one.same.contains(id) && !apart.contains(id));
            terms.put(
                    InstanceId.of(one.id),
                    new PlacementTerms(
                            one.same,
                            apart,
                            own,
                            wishes.computeIfAbsent(
                                    // What was chosen by its first image stays, whatever it is made of now.
                                    HostWish.of(
                                                    specs.getOrDefault(one.id, Map.of()),
                                                    images.getOrDefault(one.id, Map.of()))
                                            .with(one.numa),
                                    wish -> wish),
                            policies.get(one.id),
                            ProjectId.of(one.project)));
        }
        return terms;
    }

    /**
     * One of each host is enough, and one of those that wait for their first home: in one plan the oldest is placed first, and the others
     * follow it.
     */
    private static void addOlder(Session session, List<Said> said) {
        Map<UUID, Said> byId = new HashMap<>();
        said.stream().filter(Said::followsItsProject).forEach(one -> byId.put(one.id, one));
        Jdbc.list(
                        session,
                        row -> Map.entry(row.getObject(1, UUID.class), InstanceId.of(row.getObject(2, UUID.class))),
                        "select distinct on (i.id, coalesce(o.host, '')) i.id, o.id from instance i"
                                + " join instance o on o.project = i.project and (o.created_at, o.id) < (i.created_at, i.id)"
                                + " where i.id = any(?) and o.deleted_at is null and o.goal <> ?"
                                + " and (o.host is not null or o.task like 'scheduling%')"
                                + " order by i.id, coalesce(o.host, ''), o.created_at, o.id",
                        byId.keySet().toArray(UUID[]::new),
                        InstanceGoal.DELETED.name())
                .forEach(pair ->
                        Objects.requireNonNull(byId.get(pair.getKey())).same.add(pair.getValue()));
    }

    /** As {@link io.holdfast.compute.Claims#livesOf}. */
    static Map<HostId, InstanceId> livesOf(Session session, ProjectId project) {
        Map<HostId, InstanceId> lives = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> Map.entry(HostId.of(row.getString(1)), InstanceId.of(row.getObject(2, UUID.class))),
                        "select distinct on (h.id) h.id, i.id from instance i join host h on h.id = i.host"
                                + " where i.project = ? and i.deleted_at is null and i.goal <> ? and h.state <> ?"
                                + " order by h.id, i.created_at, i.id",
                        project.value(),
                        InstanceGoal.DELETED.name(),
                        HostState.FENCED.name())
                .forEach(one -> lives.put(one.getKey(), one.getValue()));
        return lives;
    }

    /** By instance, who asked to be apart from it: otherwise its own move would break what another was promised. */
    private static Map<UUID, Set<InstanceId>> askedOf(Session session, UUID[] all) {
        Map<UUID, Set<InstanceId>> asked = new HashMap<>();
        Jdbc.list(
                        session,
                        row -> Map.entry(row.getObject("id", UUID.class), ids(row, "different_host")),
                        "select id, different_host from instance"
                                + " where different_host <> '{}' and deleted_at is null and different_host && ?",
                        (Object) all)
                .forEach(one -> one.getValue()
                        .forEach(named -> asked.computeIfAbsent(named.value(), id -> new HashSet<>())
                                .add(InstanceId.of(one.getKey()))));
        return asked;
    }

    private static List<Spec> kept(Session session, String table, UUID[] all) {
        return Jdbc.list(
                session,
                row -> new Spec(row.getObject(1, UUID.class), row.getString(2), row.getString(3)),
                "select instance_id, key, value from " + table + " where instance_id = any(?)",
                (Object) all);
    }

    private record Spec(UUID instance, String key, String value) {}

    /** Of those that are not deleted and have a home that may run them. */
    private static Map<InstanceId, HostId> homes(Session session, Set<InstanceId> named) {
        Map<InstanceId, HostId> homes = new HashMap<>();
        if (!named.isEmpty()) {
            Jdbc.list(
                            session,
                            row -> Map.entry(InstanceId.of(row.getObject(1, UUID.class)), HostId.of(row.getString(2))),
                            "select i.id, h.id from instance i join host h on h.id = i.host"
                                    + " where i.id = any(?) and i.deleted_at is null and h.state <> ?",
                            ids(named),
                            HostState.FENCED.name())
                    .forEach(one -> homes.put(one.getKey(), one.getValue()));
        }
        return homes;
    }

    private static UUID[] ids(Collection<InstanceId> instances) {
        return instances.stream().map(InstanceId::value).toArray(UUID[]::new);
    }

    private static Set<InstanceId> ids(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        Set<InstanceId> ids = new HashSet<>();
        for (Object one : (Object[]) array.getArray()) {
            ids.add(InstanceId.of((UUID) one));
        }
        return ids;
    }
}
