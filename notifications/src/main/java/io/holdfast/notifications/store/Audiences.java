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
import org.jspecify.annotations.Nullable;

/**
 * Whom facts concern, by {@link Audience}, as the tables have it now.
 *
 * <p>Tags are not part of a fact. They are read here from the table of instances' tags, in the transaction that makes
 * the deliveries: asking their owner for them would need a second connection while this one holds the dispatcher's lock.
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
        boolean asked = subscribers.stream().anyMatch(one -> one.filter.asksForTags());
        Map<String, Set<String>> tags = asked ? tags(connection, facts) : Map.of();
        List<Match> matches = new ArrayList<>();
        for (int i = 0; i < facts.size(); i++) {
            Fact fact = facts.get(i);
            Set<String> own = tags.getOrDefault(Filter.instanceOf(fact), Set.of());
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
                Set.of((String[]) row.getArray("tags").getArray()));
    }

    private static List<Subscriber> subscribers(Connection connection, List<Fact> facts) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                select id, project, types, severity, instances, tags from webhook
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
        Object[] instances = facts.stream()
                .map(Filter::instanceOf)
                .filter(id -> UUID_SHAPE.matcher(id).matches())
                .distinct()
                .map(UUID::fromString)
                .toArray();
        Map<String, Set<String>> tags = new HashMap<>();
        try (PreparedStatement query =
                connection.prepareStatement("select instance_id, tag from instance_tag where instance_id = any (?)")) {
            query.setArray(1, connection.createArrayOf("uuid", instances));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    tags.computeIfAbsent(row.getString("instance_id"), id -> new HashSet<>())
                            .add(row.getString("tag"));
                }
            }
        }
        return tags;
    }
}
