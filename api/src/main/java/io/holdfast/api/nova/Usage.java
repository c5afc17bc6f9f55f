package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.compute.core.VmState;
import io.holdfast.model.FlavorId;
import io.holdfast.model.ProjectId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How long projects have used how much, in Nova's form. An instance is counted from when it was made to when it was deleted;
 * what was deleted longer ago than {@link Instances#DELETED_SHOWN} is not counted any more.
 */
final class Usage {

    private static final int PAGED = 40;
    private static final double HOUR_SECONDS = 3600;

    private final Instances instances;
    private final Catalog catalog;
    private final InstantSource clock;

    Usage(Instances instances, Catalog catalog, InstantSource clock) {
        this.instances = instances;
        this.catalog = catalog;
        this.clock = clock;
    }

    Map<String, Operation> operations() {
        return Map.of("listUsage", this::list, "showUsage", this::show);
    }

    private record Period(Instant start, Instant end) {}

    private Reply list(Call call) {
        Period period = period(call);
        boolean detailed = "1".equals(call.query("detailed"));
        Links.Page<Instance> page = page(call, null, period);
        Map<String, List<Instance>> byProject = page.items().stream()
                .collect(Collectors.groupingBy(one -> one.project().value(), TreeMap::new, Collectors.toList()));
        JsonArray usages = new JsonArray();
        byProject.forEach((project, those) -> usages.add(usage(project, those, period, detailed)));
        return reply(
                call,
                page,
                new JsonObject().put("tenant_usages", usages),
                "/v2.1/os-simple-tenant-usage",
                "tenant_usages_links");
    }

    private Reply show(Call call) {
        Period period = period(call);
        String text = call.path("usage_project");
        ProjectId project = Servers.id(text, ProjectId::of)
                .filter(call.caller()::mayKnow)
                .orElseThrow(() -> new ApiFault(
                        403, "Policy doesn't allow os_compute_api:os-simple-tenant-usage:show to be performed."));
        Links.Page<Instance> page = page(call, project, period);
        JsonObject usage = page.items().isEmpty() ? new JsonObject() : usage(text, page.items(), period, true);
        return reply(
                call,
                page,
                new JsonObject().put("tenant_usage", usage),
                "/v2.1/os-simple-tenant-usage/" + Links.encoded(text),
                "tenant_usage_links");
    }

    private static Reply reply(Call call, Links.Page<Instance> page, JsonObject body, String path, String links) {
        return Reply.ok(call.version().atLeast(PAGED) ? page.withNext(body, call, path, links) : body);
    }

    private Links.Page<Instance> page(Call call, @Nullable ProjectId project, Period period) {
        List<Instance> those = Stream.concat(
                        instances.list(project).stream(), instances.deleted(project, period.start).stream())
                .filter(one -> one.createdAt().isBefore(period.end)
                        && !end(one, period).isBefore(period.start))
                .sorted(java.util.Comparator.comparing(Instance::createdAt)
                        .thenComparing(one -> one.id().toString()))
                .toList();
        return call.version().atLeast(PAGED)
                ? Links.page(call, those, one -> one.id().toString())
                : new Links.Page<>(those, null);
    }

    private JsonObject usage(String project, List<Instance> those, Period period, boolean detailed) {
        Map<FlavorId, Flavor> flavors =
                catalog.flavors().stream().collect(Collectors.toMap(Flavor::id, Function.identity()));
        double hours = 0;
        double vcpuHours = 0;
        double memoryHours = 0;
        double diskHours = 0;
        JsonArray servers = new JsonArray();
        for (Instance one : those) {
            double used = hours(one, period);
            hours += used;
            vcpuHours += used * one.resources().vcpus();
            memoryHours += used * one.resources().memoryMib();
            diskHours += used * one.resources().diskGib();
            if (detailed) {
                servers.add(server(one, used, flavors.get(one.flavor())));
            }
        }
        JsonObject usage = new JsonObject()
                .put("tenant_id", project)
                .put("total_hours", hours)
                .put("total_vcpus_usage", vcpuHours)
                .put("total_memory_mb_usage", memoryHours)
                .put("total_local_gb_usage", diskHours)
                .put("start", ServerView.moment(period.start))
                .put("stop", ServerView.moment(period.end));
        return detailed ? usage.put("server_usages", servers) : usage;
    }

    private JsonObject server(Instance one, double hours, @Nullable Flavor flavor) {
        Instant ended = ServerView.terminatedAt(one);
        Instant until = ended == null ? clock.instant() : ended;
        return new JsonObject()
                .put("instance_id", one.id().toString())
                .put("name", one.name())
                .put("tenant_id", one.project().value())
                .put("flavor", flavor == null ? one.flavor().value() : flavor.name())
                .put("vcpus", one.resources().vcpus())
                .put("memory_mb", one.resources().memoryMib())
                .put("local_gb", one.resources().diskGib())
                .put("hours", hours)
                .put("started_at", ServerView.moment(one.createdAt()))
                .put("ended_at", ServerView.moment(ended))
                .put("state", ended == null ? VmState.of(one).word() : "terminated")
                .put("uptime", Duration.between(one.createdAt(), until).toSeconds());
    }

    private static double hours(Instance one, Period period) {
        Instant from = one.createdAt().isAfter(period.start) ? one.createdAt() : period.start;
        return Math.max(0, Duration.between(from, end(one, period)).toMillis() / 1000.0 / HOUR_SECONDS);
    }

    private static Instant end(Instance one, Period period) {
        Instant ended = ServerView.terminatedAt(one);
        return ended != null && ended.isBefore(period.end) ? ended : period.end;
    }

    /** Of which nothing is said: the last four weeks up to now, as in Nova. */
    private Period period(Call call) {
        Instant now = clock.instant();
        Instant end = ServerListing.time(call, "end");
        Instant start = ServerListing.time(call, "start");
        Instant until = end == null || end.isAfter(now) ? now : end;
        Instant from = start == null ? now.minus(28, ChronoUnit.DAYS) : start;
        if (!from.isBefore(until)) {
            throw ApiFault.badRequest("Invalid start time. The start time cannot occur after the end time.");
        }
        return new Period(from, until);
    }
}
