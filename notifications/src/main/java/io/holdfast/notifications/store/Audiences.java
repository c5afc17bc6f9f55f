package io.holdfast.notifications.store;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.core.Audience;
import io.holdfast.notifications.core.Filter;
import io.holdfast.notifications.core.Severity;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whom facts concern, by {@link Audience}, as the tables have it now.
 *
 * <p>Tags and aggregates are not part of a fact. They are read here from their tables, in the transaction that makes the
 * deliveries: asking their owner for them would need a second connection while this one holds the dispatcher's lock.
 */
final class Audiences {

    private static final Pattern UUID_SHAPE = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private Audiences() {}

    /** @param fact its place in the list that was given */
    record Match(UUID webhook, int fact) {}

    private record Subscriber(UUID id, @Nullable ProjectId project, Filter filter) {}

    /** In the order of the facts. */
    static List<Match> of(Connection connection, List<Fact> facts) throws SQLException {
        List<Subscriber> subscribers = subscribers(connection, facts);
        Map<String, Set<String>> tags =
                subscribers.stream().allMatch(one -> one.filter.tags().isEmpty()) ? Map.of() : tags(connection, facts);
        boolean byAggregate =
                !subscribers.stream().allMatch(one -> one.filter.aggregates().isEmpty());
        Map<String, String> homes = byAggregate ? homes(connection, facts) : Map.of();
        Map<String, Set<UUID>> aggregates = byAggregate ? aggregates(connection, facts, homes) : Map.of();
        List<Match> matches = new ArrayList<>();
        for (int i = 0; i < facts.size(); i++) {
            Fact fact = facts.get(i);
            Filter.Surroundings own = new Filter.Surroundings(
                    tags.getOrDefault(Filter.instanceOf(fact), Set.of()),
                    hosts(fact, homes)
                            .flatMap(host -> aggregates.getOrDefault(host, Set.of()).stream())
                            .collect(Collectors.toSet()));
            for (Subscriber one : subscribers) {
                if (Audience.concerns(fact, one.project, one.filter, own)) {
                    matches.add(new Match(one.id, i));
                }
            }
        }
        return matches;
    }

    /** The filter of a row of {@code webhook}. */
    static Filter filter(ResultSet row) throws SQLException {
        return new Filter(
                List.of((String[]) row.getArray("types").getArray()),
                Severity.valueOf(row.getString("severity")),
                Set.of((UUID[]) row.getArray("instances").getArray()),
                Set.of((String[]) row.getArray("tags").getArray()),
                Set.of((UUID[]) row.getArray("aggregates").getArray()));
    }

    private static List<Subscriber> subscribers(Connection connection, List<Fact> facts) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                select id, project, types, severity, instances, tags, aggregates from webhook
                where enabled and (project is null or project = any (?)) order by id
                """)) {
            Array projects = connection.createArrayOf(
                    "text",
                    facts.stream()
                            .map(Fact::project)
                            .filter(java.util.Objects::nonNull)
                            .map(ProjectId::value)
                            .distinct()
                            .toArray());
            query.setArray(1, projects);
            List<Subscriber> all = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    String project = row.getString("project");
                    all.add(new Subscriber(
                            row.getObject("id", UUID.class),
                            project == null ? null : ProjectId.of(project),
                            filter(row)));
                }
            }
            return all;
        }
    }

    private static Map<String, Set<String>> tags(Connection connection, List<Fact> facts) throws SQLException {
        Map<String, Set<String>> tags = new HashMap<>();
        try (PreparedStatement query =
                connection.prepareStatement("select instance_id, tag from instance_tag where instance_id = any (?)")) {
            query.setArray(1, connection.createArrayOf("uuid", instances(facts)));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    tags.computeIfAbsent(row.getString("instance_id"), id -> new HashSet<>())
                            .add(row.getString("tag"));
                }
            }
        }
        return tags;
    }

    private static Object[] instances(List<Fact> facts) {
        return facts.stream()
                .map(Filter::instanceOf)
                .filter(id -> UUID_SHAPE.matcher(id).matches())
                .distinct()
                .map(UUID::fromString)
                .toArray();
    }

    /** Those that it names; an instance of which it says nothing is where it is now. */
    private static Stream<String> hosts(Fact fact, Map<String, String> homes) {
        Set<String> named = Filter.hostsOf(fact);
        return named.isEmpty() ? Stream.ofNullable(homes.get(Filter.instanceOf(fact))) : named.stream();
    }

    private static Map<String, String> homes(Connection connection, List<Fact> facts) throws SQLException {
        Map<String, String> homes = new HashMap<>();
        try (PreparedStatement query =
                connection.prepareStatement("select id, host from instance where id = any (?) and host is not null")) {
            query.setArray(1, connection.createArrayOf("uuid", instances(facts)));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    homes.put(row.getString("id"), row.getString("host"));
                }
            }
        }
        return homes;
    }

    private static Map<String, Set<UUID>> aggregates(Connection connection, List<Fact> facts, Map<String, String> homes)
            throws SQLException {
        Object[] hosts =
                facts.stream().flatMap(fact -> hosts(fact, homes)).distinct().toArray();
        Map<String, Set<UUID>> aggregates = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement("""
                select member.host, aggregate.uuid from aggregate_host member
                join aggregate on aggregate.id = member.aggregate_id where member.host = any (?)
                """)) {
            query.setArray(1, connection.createArrayOf("text", hosts));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    aggregates
                            .computeIfAbsent(row.getString("host"), host -> new HashSet<>())
                            .add(row.getObject("uuid", UUID.class));
                }
            }
        }
        return aggregates;
    }
}
