package io.holdfast.api.ha;

import io.holdfast.compute.Aggregates;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.membership.HostStatus;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.core.Filter;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How things are now, for whoever begins to listen: the instances that a subscription concerns, what is thought of their
 * hosts, the open cases, and the place in the feed.
 *
 * <p>The place is read first. What changes afterwards is told as well, so a listener who takes this and goes on from the
 * place may hear something twice and misses nothing.
 */
final class PresentState {

    private static final int INSTANCES_MAX = 1000;
    private static final int CASES_MAX = 1000;

    private final Instances instances;
    private final Recovery recovery;
    private final Function<HostId, Optional<HostStatus>> membership;
    private final Feed feed;
    private final Clock clock;
    private final Aggregates aggregates;

    PresentState(
            Instances instances,
            Aggregates aggregates,
            Recovery recovery,
            Function<HostId, Optional<HostStatus>> membership,
            Feed feed,
            Clock clock) {
        this.instances = instances;
        this.aggregates = aggregates;
        this.recovery = recovery;
        this.membership = membership;
        this.feed = feed;
        this.clock = clock;
    }

    /**
     * @param reader the project that is shown its own, with its hosts' names hidden; null for an operator
     * @param after the last instance of the page before, or null for the first page
     */
    JsonObject of(@Nullable ProjectId reader, Filter filter, @Nullable InstanceId after) {
        long place = feed.newest();
        Set<HostId> hosts = hosts(filter);
        List<Instance> concerned = instances.list(reader).stream()
                .filter(one -> filter.instances().isEmpty()
                        || filter.instances().contains(one.id().value()))
                .filter(one -> filter.tags().isEmpty() || one.tags().stream().anyMatch(filter.tags()::contains))
                .filter(one -> filter.aggregates().isEmpty() || hosts.contains(one.home()))
                .sorted(Comparator.comparing(Instance::id))
                .toList();
        Set<InstanceId> ids = concerned.stream().map(Instance::id).collect(Collectors.toSet());
        List<Instance> page = concerned.stream()
                .filter(one -> after == null || one.id().compareTo(after) > 0)
                .limit(INSTANCES_MAX)
                .toList();
        boolean more = !page.isEmpty()
                && page.getLast().id().compareTo(concerned.getLast().id()) < 0;
        JsonArray shown = new JsonArray();
        page.forEach(one -> shown.add(instance(one, reader)));
        JsonArray cases = new JsonArray();
        boolean all =
                reader == null && filter.instances().isEmpty() && filter.tags().isEmpty();
        boolean everywhere = filter.aggregates().isEmpty();
        recovery.cases(null, true, CASES_MAX).stream()
                .filter(one -> (all && (everywhere || hosts.contains(one.host()))) || concerns(one, ids))
                .forEach(one -> cases.add(openCase(one, reader, all ? null : ids)));
        return new JsonObject()
                .put("place", place)
                .put("at", clock.instant().toString())
                .put("instances", shown)
                .put("next", more ? page.getLast().id().toString() : null)
                .put("cases", cases);
    }

    private static boolean concerns(CaseView one, Set<InstanceId> ids) {
        return one.instances().stream().anyMatch(line -> ids.contains(line.instance()));
    }

    private Set<HostId> hosts(Filter filter) {
        return filter.aggregates().isEmpty()
                ? Set.of()
                : aggregates.list().stream()
                        .filter(one -> filter.aggregates().contains(one.uuid()))
                        .flatMap(one -> one.hosts().stream())
                        .collect(Collectors.toSet());
    }

    private JsonObject instance(Instance from, @Nullable ProjectId reader) {
        HostId home = from.home();
        JsonObject shown = new JsonObject()
                .put("id", from.id().toString())
                .put("name", from.name())
                .put("project", from.project().value())
                .put("goal", from.goal().name())
                .put("state", from.actual().name())
                .put("task", from.task())
                .put("policy", from.policy().name())
                .put("tags", new JsonArray(from.tags()));
        host(shown, home, reader);
        return shown.put(
                "hostHealth",
                home == null
                        ? null
                        : membership
                                .apply(home)
                                .map(status -> status.health().name())
                                .orElse("ABSENT"));
    }

    private static JsonObject openCase(CaseView from, @Nullable ProjectId reader, @Nullable Set<InstanceId> only) {
        JsonArray lines = new JsonArray();
        from.instances().stream()
                .filter(line -> only == null || only.contains(line.instance()))
                .forEach(line -> lines.add(new JsonObject()
                        .put("id", line.instance().toString())
                        .put("name", line.name())
                        .put("state", line.state())));
        JsonObject shown = new JsonObject()
                .put("id", from.id().toString())
                .put("state", from.state())
                .put("openedAt", from.openedAt().toString());
        host(shown, from.host(), reader);
        if (reader == null) {
            shown.put("reason", from.reason());
        }
        return shown.put("instances", lines);
    }

    private static void host(JsonObject into, @Nullable HostId host, @Nullable ProjectId reader) {
        if (reader == null) {
            into.put("host", host == null ? null : host.value());
        } else {
            into.put("hostId", host == null ? null : host.opaqueTo(reader));
        }
    }
}
