package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.compute.core.VmState;
import io.holdfast.model.ProjectId;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which servers of a project a list is about, in which order, and what follows a marker.
 *
 * <p>The rules are Nova's: {@code changes-since} and {@code changes-before} (from 2.66) compare the time of the last change,
 * both ends included, and show deleted servers too; {@code deleted} is an administrator's, and of others it is as if it had
 * not been asked; a list is ordered by {@code sort_key}s, then by time of creation and id, so that equal keys have one order
 * and no page shows twice what another one had.
 *
 * @param since the earliest last change, or null for any
 * @param before the latest last change, or null for any
 * @param order total: no two servers are equal in it
 */
record ServerListing(
        Shown shown, @Nullable Instant since, @Nullable Instant before, Comparator<Instance> order) {

    enum Shown {
        LIVING,
        DELETED,
        BOTH
    }

    /** From this version on; before it the word means nothing, as in Nova. */
    private static final int CHANGES_BEFORE = 66;

    private static final int LOCKED = 73;
    private static final Set<String> ADMINS_KEYS = Set.of("host", "node");

    /** What Nova takes and does not sort by. */
    private static final Set<String> IGNORED_KEYS = Set.of(
            "architecture",
            "cell_name",
            "cleaned",
            "default_ephemeral_device",
            "default_swap_device",
            "deleted",
            "deleted_at",
            "disable_terminate",
            "ephemeral_gb",
            "ephemeral_key_uuid",
            "id",
            "key_data",
            "launched_on",
            "locked_by",
            "memory_mb",
            "os_type",
            "reservation_id",
            "root_gb",
            "shutdown_terminate",
            "user_data",
            "vcpus",
            "vm_mode");

    private static final Comparator<Instance> ALL_EQUAL = (_, _) -> 0;

    private static final Map<String, Comparator<Instance>> KEYS = Map.ofEntries(
            Map.entry("created_at", by(Instance::createdAt)),
            Map.entry("updated_at", by(Instance::updatedAt)),
            Map.entry("launched_at", by(Instance::launchedAt)),
            Map.entry("terminated_at", by(ServerView::terminatedAt)),
            Map.entry("display_name", by(Instance::name)),
            Map.entry("hostname", by(Instance::hostname)),
            Map.entry("uuid", by(one -> one.id().toString())),
            Map.entry("project_id", by(one -> one.project().value())),
            Map.entry("user_id", by(Instance::user)),
            Map.entry("host", by(ServerListing::home)),
            Map.entry("node", by(ServerListing::home)),
            Map.entry("availability_zone", by(Instance::zone)),
            Map.entry("image_ref", by(one -> one.image().toString())),
            Map.entry("instance_type_id", by(one -> one.flavor().value())),
            Map.entry("vm_state", by(instance -> VmState.of(instance).word())),
            Map.entry("task_state", by(Instance::task)),
            Map.entry("power_state", by(ServerView::powerState)),
            // The same for each server here.
            Map.entry("access_ip_v4", ALL_EQUAL),
            Map.entry("access_ip_v6", ALL_EQUAL),
            Map.entry("auto_disk_config", ALL_EQUAL),
            Map.entry("config_drive", by(one -> one.particulars().configDrive())),
            Map.entry("display_description", by(one -> one.particulars().description())),
            Map.entry("kernel_id", ALL_EQUAL),
            Map.entry("key_name", by(one -> one.particulars().keyName())),
            Map.entry("launch_index", by(one -> one.particulars().launchIndex())),
            Map.entry("locked", by(one -> one.particulars().lock() != null)),
            Map.entry("progress", ALL_EQUAL),
            Map.entry("ramdisk_id", ALL_EQUAL),
            Map.entry("root_device_name", ALL_EQUAL));

    /** @throws ApiFault 400 for what is no time, no key or no direction; 403 for what is an administrator's alone */
    static ServerListing of(Call call) {
        Instant since = time(call, "changes-since");
        Instant before = call.version().atLeast(CHANGES_BEFORE) ? time(call, "changes-before") : null;
        if (since != null && before != null && since.isAfter(before)) {
            throw ApiFault.badRequest("The value of changes-since must be less than or equal to changes-before.");
        }
        return new ServerListing(shown(call, since != null || before != null), since, before, order(call));
    }

    private static Shown shown(Call call, boolean changes) {
        boolean admin = call.caller().isAdmin();
        if (call.queries("status").stream().anyMatch("deleted"::equalsIgnoreCase)) {
            if (!admin) {
                throw new ApiFault(403, "Only administrators may list deleted instances");
            }
            return Shown.DELETED;
        }
        if (admin && call.query("deleted") != null) {
            return call.flag("deleted") ? Shown.DELETED : Shown.LIVING;
        }
        return changes ? Shown.BOTH : Shown.LIVING;
    }

    private static Comparator<Instance> order(Call call) {
        List<String> keys = new ArrayList<>(call.queries("sort_key"));
        List<String> directions = new ArrayList<>(call.queries("sort_dir"));
        if (keys.isEmpty()) {
            keys.add("created_at");
        }
        if (directions.isEmpty()) {
            directions.add("desc");
        }
        for (String direction : directions) {
            if (!direction.equals("asc") && !direction.equals("desc")) {
                throw ApiFault.badRequest("Unknown sort direction, must be 'asc' or 'desc'");
            }
        }
        String otherwise = directions.getFirst();
        if (directions.size() > keys.size()) {
            throw ApiFault.badRequest("Sort direction size exceeds sort key size");
        }
        Comparator<Instance> order = ALL_EQUAL;
        for (int i = 0; i < keys.size(); i++) {
            order = order.thenComparing(
                    directed(key(call, keys.get(i)), i < directions.size() ? directions.get(i) : otherwise));
        }
        for (String last : List.of("created_at", "uuid")) {
            order = order.thenComparing(directed(known(last), otherwise));
        }
        return order;
    }

    private static Comparator<Instance> key(Call call, String key) {
        if (ADMINS_KEYS.contains(key) && !call.caller().isAdmin()) {
            throw new ApiFault(403, "Only administrators can sort servers by " + key);
        }
        if (IGNORED_KEYS.contains(key)) {
            return ALL_EQUAL;
        }
        if (!KEYS.containsKey(key) || (key.equals("locked") && !call.version().atLeast(LOCKED))) {
            throw ApiFault.badRequest("Invalid input for query parameters sort_key. Value: " + key
                    + ". It is none of the keys by which servers are sorted.");
        }
        return known(key);
    }

    private static Comparator<Instance> known(String key) {
        Comparator<Instance> known = KEYS.get(key);
        if (known == null) {
            throw new IllegalArgumentException("no sort key " + key);
        }
        return known;
    }

    private static Comparator<Instance> directed(Comparator<Instance> ascending, String direction) {
        return direction.equals("desc") ? ascending.reversed() : ascending;
    }

    /** What has no value comes before what has one. */
    private static <T extends Comparable<? super T>> Comparator<Instance> by(
            Function<Instance, ? extends @Nullable T> value) {
        return Comparator.comparing(value, Comparator.nullsFirst(Comparator.naturalOrder()));
    }

    private static @Nullable String home(Instance instance) {
        return instance.home() == null ? null : instance.home().value();
    }

    static @Nullable Instant time(Call call, String name) {
        String given = call.query(name);
        if (given == null) {
            return null;
        }
        // The plus of a zone is a space in a query whose sender did not encode it, or encoded it once too seldom.
        String text = given.replaceFirst(" (?=\\d\\d:?\\d\\d$)", "+");
        try {
            TemporalAccessor parsed = text.indexOf('T') < 0
                    ? LocalDate.parse(text)
                    : DateTimeFormatter.ISO_DATE_TIME.parseBest(text, Instant::from, LocalDateTime::from);
            return switch (parsed) {
                case Instant instant -> instant;
                // Without a zone it is UTC, as everywhere in Nova.
                case LocalDateTime local -> local.toInstant(ZoneOffset.UTC);
                case LocalDate day -> day.atStartOfDay().toInstant(ZoneOffset.UTC);
                default -> throw new DateTimeException("neither a moment nor a day");
            };
        } catch (DateTimeException wrong) {
            throw ApiFault.badRequest("Invalid input for query parameters " + name + ". Value: " + text + ". '" + text
                    + "' is not a 'date-time'");
        }
    }

    /** All that the list may show, in no order: what the other filters are about. */
    Collection<Instance> among(Instances instances, @Nullable ProjectId project) {
        Map<String, Instance> found = new LinkedHashMap<>();
        if (shown != Shown.DELETED) {
            instances.list(project).forEach(one -> found.put(one.id().toString(), one));
        }
        if (shown != Shown.LIVING) {
            // Read second: one that is deleted in between is shown once, as what it is now.
            instances
                    .deleted(project, since == null ? Instant.EPOCH : since)
                    .forEach(one -> found.put(one.id().toString(), one));
        }
        return found.values();
    }

    boolean takes(Instance instance) {
        return (since == null || !instance.updatedAt().isBefore(since))
                && (before == null || !instance.updatedAt().isAfter(before));
    }

    /**
     * What comes after the marker in the list's order. The marker itself need not pass the filters any more, it has a place all
     * the same.
     *
     * @param there what the list may show; a marker that is deleted by now is not among it, unless deleted ones are shown
     * @throws ApiFault 400 when there is no such marker
     */
    List<Instance> after(@Nullable String marker, Collection<Instance> there, List<Instance> filtered) {
        List<Instance> ordered = filtered.stream().sorted(order).toList();
        if (marker == null) {
            return ordered;
        }
        Instance last = there.stream()
                .filter(one -> one.id().toString().equals(marker))
                .findFirst()
                .orElseThrow(() -> ApiFault.badRequest("marker [" + marker + "] not found"));
        return ordered.stream().filter(one -> order.compare(one, last) > 0).toList();
    }
}
