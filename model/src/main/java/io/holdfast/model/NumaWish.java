package io.holdfast.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an instance wants of its host by the piece: processors of its own, cells, pages of a size, and PCI devices.
 *
 * <p>A flavor says it in Nova's extra specs ({@code hw:cpu_policy}, {@code hw:numa_nodes}, {@code hw:mem_page_size}, {@code pci_passthrough:alias}), an image in its properties of
 * the same names with an underscore ({@code hw_cpu_policy}), but for devices; the flavor's word comes first. Of an image a value that means nothing says nothing,
 * since images come from elsewhere as well.
 *
 * @param dedicated whether each of its processors is one of the host's, which nobody else has
 * @param nodes over how many cells it is spread, each in another cell of the host; 0 when nothing is said, which is one cell for whoever wants
 *     something else of this
 * @param pages of which size its memory's pages are
 * @param pageKib in KiB, where {@code pages} says that it is exactly this; else 0
 * @param devices by alias, how many
 */
public record NumaWish(boolean dedicated, int nodes, Pages pages, int pageKib, Amounts devices) {

    /** Of an instance that may float over all that is not dedicated. */
    public static final NumaWish NONE = new NumaWish(false, 0, Pages.UNSAID, 0, Amounts.NONE);

    public static final String CPU_POLICY = "hw:cpu_policy";
    public static final String NODES = "hw:numa_nodes";
    public static final String PAGE_SIZE = "hw:mem_page_size";
    public static final String DEVICES = "pci_passthrough:alias";

    /** The size of pages that are not large, in KiB. */
    public static final int SMALL_KIB = 4;

    private static final int NODES_MAX = 64;
    private static final int PAGE_KIB_MAX = 16 * 1024 * 1024;
    private static final String DEDICATED = "dedicated";
    private static final String SHARED = "shared";
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9}) *(?:([kKmMgG])i?[bB])?");

    private static final Pattern DEVICE = Pattern.compile("([A-Za-z0-9][A-Za-z0-9_.-]{0,62}):([1-9][0-9]{0,2})");

    /** What Nova knows and is not done here: said, it would be silently broken. */
    private static final Set<String> UNSUPPORTED = Set.of(
            "hw:cpu_thread_policy",
            "hw:cpu_dedicated_mask",
            "hw:cpu_realtime",
            "hw:cpu_realtime_mask",
            "hw:emulator_threads_policy",
            "hw:pci_numa_affinity_policy");

    private static final List<String> UNSUPPORTED_SCOPES = List.of("hw:numa_cpus.", "hw:numa_mem.");

    /** Which pages a guest's memory is made of. */
    public enum Pages {
        /** Small ones, and nobody has asked for them. */
        UNSAID,
        SMALL,
        /** Of any size but the smallest. */
        LARGE,
        /** The largest that there are enough of. */
        ANY,
        EXACT
    }

    /** A part of a guest that is in one cell of its host. */
    public record GuestCell(int vcpus, int memoryMib) {}

    public NumaWish {
        if (nodes < 0 || nodes > NODES_MAX || (pages == Pages.EXACT) != (pageKib > 0)) {
            throw new IllegalArgumentException(nodes + " nodes, pages " + pages + " of " + pageKib + " KiB");
        }
    }

    /** One without devices. */
    public NumaWish(boolean dedicated, int nodes, Pages pages, int pageKib) {
        this(dedicated, nodes, pages, pageKib, Amounts.NONE);
    }

    /** Reads it; what {@link #check} refuses says nothing. */
    public static NumaWish of(Map<String, String> specs, Map<String, String> image) {
        String policy = first(specs, image, CPU_POLICY);
        String nodes = first(specs, image, NODES);
        String size = first(specs, image, PAGE_SIZE);
        Sized sized = size == null ? Sized.NONE : sized(size);
        NumaWish wish = new NumaWish(
                DEDICATED.equals(policy),
                nodes == null ? 0 : Integer.parseInt(nodes),
                sized == null ? Pages.UNSAID : sized.pages,
                sized == null ? 0 : sized.kib,
                devices(specs.getOrDefault(DEVICES, "")));
        return wish.equals(NONE) ? NONE : wish;
    }

    /** The flavor's value, or the image's when the flavor has none that means something. */
    private static @Nullable String first(Map<String, String> specs, Map<String, String> image, String key) {
        String said = specs.get(key);
        if (said != null && objection(key, said) == null) {
            return said;
        }
        String property = image.get(key.replace(':', '_'));
        return property != null && objection(key, property) == null ? property : null;
    }

    /**
     * Whether a flavor may say so.
     *
     * @throws IllegalArgumentException with what is wrong, for whoever wrote it
     */
    public static void check(Map<String, String> specs) {
        for (String key : new TreeSet<>(specs.keySet())) {
            String objection = objection(key, specs.getOrDefault(key, ""));
            if (objection != null) {
                throw new IllegalArgumentException(key + " " + objection);
            }
        }
    }

    private static @Nullable String objection(String key, String value) {
        if (UNSUPPORTED.contains(key) || UNSUPPORTED_SCOPES.stream().anyMatch(key::startsWith)) {
            return "is not supported here";
        }
        return switch (key) {
            case CPU_POLICY ->
                value.equals(DEDICATED) || value.equals(SHARED)
                        ? null
                        : "must be " + DEDICATED + " or " + SHARED + ", is '" + value + "'";
            case NODES ->
                value.matches("[0-9]{1,2}") && Integer.parseInt(value) >= 1 && Integer.parseInt(value) <= NODES_MAX
                        ? null
                        : "must be 1 to " + NODES_MAX + ", is '" + value + "'";
            case PAGE_SIZE ->
                sized(value) != null
                        ? null
                        : "must be small, large, any, or a power of two from 4 KiB to 16 GiB (2048, 2MB, 1GB), is '"
                                + value + "'";
            case DEVICES -> devices(value).isEmpty() ? "must be ALIAS:COUNT[,ALIAS:COUNT], is '" + value + "'" : null;
            default -> null;
        };
    }

    /** None when a part of it is nonsense; an alias that is named twice is wanted as often. */
    private static Amounts devices(String text) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String part : text.split(",", -1)) {
            Matcher found = DEVICE.matcher(part.strip());
            if (!found.matches()) {
                return Amounts.NONE;
            }
            counts.merge(found.group(1), Integer.parseInt(found.group(2)), Integer::sum);
        }
        return new Amounts(counts);
    }

    private record Sized(Pages pages, int kib) {
        static final Sized NONE = new Sized(Pages.UNSAID, 0);
    }

    private static @Nullable Sized sized(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "small" -> new Sized(Pages.SMALL, 0);
            case "large" -> new Sized(Pages.LARGE, 0);
            case "any" -> new Sized(Pages.ANY, 0);
            default -> exactly(text);
        };
    }

    private static @Nullable Sized exactly(String text) {
        Matcher found = SIZE.matcher(text);
        if (!found.matches()) {
            return null;
        }
        String unit = found.group(2) == null ? "k" : found.group(2).toLowerCase(Locale.ROOT);
        long kib = Long.parseLong(found.group(1)) * (unit.equals("g") ? 1024 * 1024 : unit.equals("m") ? 1024 : 1);
        return kib < SMALL_KIB || kib > PAGE_KIB_MAX || Long.bitCount(kib) != 1
                ? null
                : new Sized(Pages.EXACT, (int) kib);
    }

    /** Why an instance of this size cannot be cut like this, or null. */
    public @Nullable String objection(int vcpus, int memoryMib) {
        int least = Math.min(vcpus, memoryMib);
        return nodes <= least
                ? null
                : NODES + " " + nodes + " is more than " + vcpus + " vCPU and " + memoryMib + " MiB can be cut into";
    }

    /** Its cells, as even as can be, the larger ones first. */
    public List<GuestCell> cells(int vcpus, int memoryMib) {
        int count = Math.max(1, nodes);
        List<GuestCell> cells = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            cells.add(new GuestCell(
                    vcpus / count + (i < vcpus % count ? 1 : 0), memoryMib / count + (i < memoryMib % count ? 1 : 0)));
        }
        return cells;
    }

    /** Whether it wants anything of cells. */
    public boolean wantsCells() {
        return dedicated || nodes > 0 || pages != Pages.UNSAID;
    }

    /** Whether it wants anything. */
    public boolean wantsSomething() {
        return !equals(NONE);
    }

    /** Reads what {@link #toString} wrote. */
    public static NumaWish parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        int slash = text.indexOf('/');
        String[] parts = (slash < 0 ? text : text.substring(0, slash)).split(",", -1);
        return new NumaWish(
                parts[0].equals(DEDICATED),
                Integer.parseInt(parts[1]),
                Pages.valueOf(parts[2].toUpperCase(Locale.ROOT)),
                Integer.parseInt(parts[3]),
                slash < 0 ? Amounts.NONE : Amounts.parse(text.substring(slash + 1)));
    }

    /** {@code dedicated,2,exact,2048}: the policy, how many cells, which pages and of how many KiB; behind a slash its devices, if it wants any. Empty for nothing. */
    @Override
    public String toString() {
        return wantsSomething()
                ? (dedicated ? DEDICATED : SHARED) + "," + nodes + ","
                        + pages.name().toLowerCase(Locale.ROOT) + "," + pageKib
                        + (devices.isEmpty() ? "" : "/" + devices)
                : "";
    }
}
