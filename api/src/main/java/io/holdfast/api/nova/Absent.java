package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Microversion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What Nova has and we have not, and how that is answered: what Nova itself has given up (nova-network, cells, agents) is 410,
 * what is not done here yet is 501. Outside the microversions in which Nova has it, it is not there at all.
 *
 * <p>The table is the resource {@code nova-absent.tsv}; docs/compatibility.md shows the same, and a test compares
 * the two with what is answered. Immutable.
 */
final class Absent {

    private static final String RESOURCE = "/nova-absent.tsv";

    /** In place of a method: the row is an action, and its path the one that the action is sent to. */
    private static final String ACTION = "ACTION";

    private final List<Row> rows;

    private Absent(List<Row> rows) {
        this.rows = List.copyOf(rows);
    }

    static Absent read() {
        try (InputStream in = Objects.requireNonNull(Absent.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            return new Absent(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(Row::parse)
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + RESOURCE, e);
        }
    }

    /** @param path below the version, with or without a project's id before the rest */
    Optional<ApiFault> route(String method, String path, Microversion version) {
        List<String> segments = List.of(path.substring(1).split("/", -1));
        return rows.stream()
                .filter(row -> row.method.equals(method)
                        && (row.matches(segments) || row.matches(segments.subList(1, segments.size()))))
                .findFirst()
                .map(row -> row.fault(version));
    }

    /** @param kind whose actions, as the path says: {@code servers} */
    Optional<ApiFault> action(String kind, String name, Microversion version) {
        return rows.stream()
                .filter(row -> row.method.equals(ACTION) && row.segments.equals(List.of(kind, name)))
                .findFirst()
                .map(row -> row.fault(version));
    }

    private record Row(boolean gone, String method, List<String> segments, int least, int most) {

        static Row parse(String line) {
            String[] parts = line.split("\t", -1);
            return new Row(
                    parts[0].equals("gone"),
                    parts[1],
                    List.of(parts[2].substring(1).split("/", -1)),
                    minor(parts[3]),
                    minor(parts[4]));
        }

        private static int minor(String version) {
            return Integer.parseInt(version.substring(version.indexOf('.') + 1));
        }

        boolean matches(List<String> path) {
            if (path.size() != segments.size()) {
                return false;
            }
            for (int i = 0; i < path.size(); i++) {
                String wanted = segments.get(i);
                if (!wanted.startsWith("{") && !wanted.equals(path.get(i))) {
                    return false;
                }
            }
            return true;
        }

        ApiFault fault(Microversion version) {
            if (version.minor() < least || version.minor() > most) {
                return ApiFault.notFound("The resource could not be found in version " + version + " of the API.");
            }
            return gone
                    ? new ApiFault(410, "This resource is no longer available.  No forwarding address is given.")
                    : new ApiFault(501, "The requested functionality is not supported.");
        }
    }
}
