package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.compute.Instance;
import io.holdfast.compute.core.VmState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Which servers of those that a list is about pass its filters. The rules are Nova's: what a member may not filter by is as if
 * it had not been asked (more may from 2.83 on), what nobody knows is ignored up to 2.74 and a 400 from 2.75 on, an unknown
 * status finds nothing up to 2.37 and is a 400 from 2.38 on. Most texts are regular expressions that have to match somewhere.
 */
final class ServerFilter {

    private static final int IP6 = 5;
    private static final int TAGS = 26;
    private static final int STATUS_KNOWN = 38;
    private static final int LOCKED = 73;
    private static final int STRICT = 75;
    private static final int MORE_FOR_MEMBERS = 83;

    /** About the list, and not about a server. */
    private static final Set<String> ABOUT_LIST = Set.of(
            "limit", "marker", "sort_key", "sort_dir", "all_tenants", "changes-since", "changes-before", "deleted");

    private static final Set<String> MEMBERS = Set.of("reservation_id", "name", "status", "image", "flavor", "ip");

    private static final Set<String> MEMBERS_LATER = Set.of(
            "availability_zone",
            "config_drive",
            "key_name",
            "created_at",
            "launched_at",
            "terminated_at",
            "power_state",
            "task_state",
            "vm_state",
            "progress",
            "user_id");

    private static final Set<String> TAG_FILTERS = Set.of("tags", "tags-any", "not-tags", "not-tags-any");

    /** Equal, as text. */
    private static final Map<String, Function<Instance, @Nullable String>> EXACT = Map.ofEntries(
            Map.entry("uuid", one -> one.id().toString()),
            Map.entry("user_id", Instance::user),
            Map.entry("host", ServerFilter::home),
            Map.entry("flavor", one -> one.flavor().value()),
            Map.entry("image", one -> one.image().toString()),
            Map.entry("image_ref", one -> one.image().toString()),
            Map.entry("vm_state", instance -> VmState.of(instance).word()),
            Map.entry("task_state", Instance::task),
            Map.entry("power_state", one -> Integer.toString(ServerView.powerState(one))),
            Map.entry("launch_index", one -> Integer.toString(one.particulars().launchIndex())),
            Map.entry("progress", one -> "0"),
            Map.entry("config_drive", one -> one.particulars().configDrive() ? "True" : ""),
            Map.entry("created_at", one -> ServerView.time(one.createdAt())),
            Map.entry("launched_at", one -> one.launchedAt() == null ? null : ServerView.time(one.launchedAt())),
            Map.entry("terminated_at", one -> {
                var at = ServerView.terminatedAt(one);
                return at == null ? null : ServerView.time(at);
            }));

    private static final Set<String> TIMES = Set.of("created_at", "launched_at", "terminated_at");

    /** A regular expression. */
    private static final Map<String, Function<Instance, @Nullable String>> SOMEWHERE = Map.ofEntries(
            Map.entry("name", Instance::name),
            Map.entry("display_name", Instance::name),
            Map.entry("description", one -> one.particulars().description()),
            Map.entry("display_description", one -> one.particulars().description()),
            Map.entry("hostname", Instance::hostname),
            Map.entry("node", ServerFilter::home),
            Map.entry("availability_zone", Instance::zone),
            Map.entry("key_name", one -> one.particulars().keyName()),
            Map.entry("reservation_id", one -> one.particulars().reservation()),
            // Addresses are of version 4, and servers have no kernels or ramdisks of their own here.
            Map.entry("ip6", one -> null),
            Map.entry("access_ip_v4", one -> ""),
            Map.entry("access_ip_v6", one -> ""),
            Map.entry("kernel_id", one -> ""),
            Map.entry("ramdisk_id", one -> ""),
            Map.entry("root_device_name", one -> "/dev/vda"),
            Map.entry(
                    "locked_by",
                    one -> one.particulars().lock() == null
                            ? null
                            : one.particulars().lock().by().name().toLowerCase(Locale.ROOT)));

    /** Taken and without a meaning here: they are given to nothing. */
    private static final Set<String> WITHOUT_MEANING =
            Set.of("project_id", "tenant_id", "auto_disk_config", "soft_deleted");

    private static final Set<String> STATUSES = Set.of(
            "ACTIVE",
            "BUILD",
            "DELETED",
            "ERROR",
            "HARD_REBOOT",
            "MIGRATING",
            "PASSWORD",
            "PAUSED",
            "REBOOT",
            "REBUILD",
            "RESCUE",
            "RESIZE",
            "REVERT_RESIZE",
            "SHELVED",
            "SHELVED_OFFLOADED",
            "SHUTOFF",
            "SOFT_DELETED",
            "SUSPENDED",
            "UNKNOWN",
            "VERIFY_RESIZE");

    private ServerFilter() {}

    /** @throws ApiFault 400 for what cannot be read, or is not known where that matters */
    static Predicate<Instance> of(Call call) {
        refuseUnknown(call);
        List<Predicate<Instance>> all = new ArrayList<>();
        for (String name : call.queryNames()) {
            if (!ABOUT_LIST.contains(name) && mayFilter(call, name)) {
                all.add(one(call, name));
            }
        }
        return instance -> all.stream().allMatch(one -> one.test(instance));
    }

    /** Which addresses a server has to have one of, or null for all; those of a whole list are looked up together. */
    static @Nullable Predicate<String> address(Call call) {
        String value = call.query("ip");
        if (value == null) {
            return null;
        }
        Pattern pattern = pattern("ip", value);
        return address -> pattern.matcher(new Budgeted(address)).find();
    }

    private static void refuseUnknown(Call call) {
        if (!call.version().atLeast(STRICT)) {
            return;
        }
        Set<String> known = new HashSet<>(ABOUT_LIST);
        known.addAll(EXACT.keySet());
        known.addAll(SOMEWHERE.keySet());
        known.addAll(WITHOUT_MEANING);
        known.addAll(TAG_FILTERS);
        known.addAll(Set.of("status", "locked", "ip"));
        call.asked().names().stream()
                .filter(name -> !known.contains(name))
                .sorted()
                .findFirst()
                .ifPresent(name -> {
                    throw ApiFault.badRequest("Invalid input for query parameters " + name
                            + ". Additional properties are not allowed ('" + name + "' was unexpected)");
                });
    }

    private static boolean mayFilter(Call call, String name) {
        if (TAG_FILTERS.contains(name)) {
            return call.version().atLeast(TAGS);
        }
        if (name.equals("locked")) {
            return call.version().atLeast(LOCKED);
        }
        return call.caller().isAdmin()
                || MEMBERS.contains(name)
                || (name.equals("ip6") && call.version().atLeast(IP6))
                || (call.version().atLeast(MORE_FOR_MEMBERS) && MEMBERS_LATER.contains(name));
    }

    private static Predicate<Instance> one(Call call, String name) {
        String value = call.queries(name).getFirst();
        if (name.equals("status")) {
            return status(call);
        }
        if (name.equals("locked")) {
            boolean wanted = Boolean.parseBoolean(value.toLowerCase(Locale.ROOT)) || call.flag(name);
            return one -> (one.particulars().lock() != null) == wanted;
        }
        if (TAG_FILTERS.contains(name)) {
            List<String> tags = List.of(value.split(",", -1));
            return switch (name) {
                case "tags" -> one -> Set.copyOf(one.tags()).containsAll(tags);
                case "tags-any" -> one -> tags.stream().anyMatch(one.tags()::contains);
                case "not-tags" -> one -> !Set.copyOf(one.tags()).containsAll(tags);
                default -> one -> tags.stream().noneMatch(one.tags()::contains);
            };
        }
        Function<Instance, @Nullable String> exact = EXACT.get(name);
        if (exact != null) {
            String wanted = TIMES.contains(name)
                    ? ServerView.time(Objects.requireNonNull(ServerListing.time(call, name)))
                    : value;
            return one -> wanted.equals(exact.apply(one));
        }
        Function<Instance, @Nullable String> somewhere = SOMEWHERE.get(name);
        if (somewhere == null) {
            return one -> true;
        }
        Pattern pattern = pattern(name, value);
        return one -> {
            String text = somewhere.apply(one);
            return text != null && pattern.matcher(new Budgeted(text)).find();
        };
    }

    private static Predicate<Instance> status(Call call) {
        Set<String> wanted = new HashSet<>();
        for (String status : call.queries("status")) {
            String word = status.toUpperCase(Locale.ROOT);
            if (STATUSES.contains(word)) {
                wanted.add(word);
            } else if (call.version().atLeast(STATUS_KNOWN)) {
                throw ApiFault.badRequest("Invalid status value");
            }
        }
        return one -> wanted.contains(ServerView.status(one));
    }

    private static Pattern pattern(String name, String value) {
        try {
            return Pattern.compile(value);
        } catch (PatternSyntaxException e) {
            throw ApiFault.badRequest("Invalid input for query parameters " + name + ". Value: " + value
                    + ". It is no regular expression.");
        }
    }

    private static @Nullable String home(Instance instance) {
        return instance.home() == null ? null : instance.home().value();
    }

    /** A text that can be looked at so often and no oftener: there are expressions that would look for years. */
    private static final class Budgeted implements CharSequence {

        private static final int STEPS = 20_000;

        private final CharSequence text;
        private int left = STEPS;

        private Budgeted(CharSequence text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            left--;
            if (left < 0) {
                throw ApiFault.badRequest("A regular expression of the query takes too long.");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
