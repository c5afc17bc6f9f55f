package io.holdfast.placement;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The names that clients of every deployment know: those of os-resource-classes and os-traits. */
public final class StandardWords {

    public static final String VCPU = "VCPU";
    public static final String MEMORY_MB = "MEMORY_MB";
    public static final String DISK_GB = "DISK_GB";

    /** A host with it takes no claims. */
    public static final String DISABLED = "COMPUTE_STATUS_DISABLED";

    /** Who has it offers what it has to the trees that are in one of its aggregates. */
    public static final String SHARES = "MISC_SHARES_VIA_AGGREGATE";

    /** What clients make begins so. */
    public static final String CUSTOM = "CUSTOM_";

    public static final Set<String> RESOURCE_CLASSES = read("/placement/resource-classes.txt");
    public static final Set<String> TRAITS = read("/placement/traits.txt");

    private StandardWords() {}

    private static Set<String> read(String resource) {
        try (InputStream in = StandardWords.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing");
            }
            return Collections.unmodifiableSortedSet(
                    Arrays.stream(new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\\s+"))
                            .filter(word -> !word.isEmpty())
                            .collect(Collectors.<String, TreeSet<String>>toCollection(TreeSet::new)));
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }
}
