package io.holdfast.scheduler;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an image was made for, against what a host is. Three of Nova's filters in one: its properties of the machine
 * ({@code hw_architecture}, {@code img_hv_type}, {@code hw_vm_mode} and their older names), and aggregates that are kept for images
 * (a key of an aggregate's metadata that the image has as well must have the image's value).
 *
 * <p>A host's architecture is told by its traits {@code HW_ARCH_}…; of one without such a trait nobody knows it, and what
 * nobody knows keeps nobody away.
 */
final class ImageRule {

    private static final String ARCHITECTURE_TRAIT = "HW_ARCH_";
    private static final List<String> ARCHITECTURE = List.of("hw_architecture", "architecture");
    private static final List<String> HYPERVISOR = List.of("img_hv_type", "hypervisor_type");
    private static final List<String> MODE = List.of("hw_vm_mode", "vm_mode");

    private ImageRule() {}

    /** Why a host of these aggregates and traits will not do, or null. */
    static @Nullable String objection(
            Map<String, String> image, Map<String, Set<String>> metadata, Set<String> traits) {
        String hypervisor = first(image, HYPERVISOR);
        if (hypervisor != null && !Set.of("kvm", "qemu").contains(lower(hypervisor))) {
            return "runs KVM, and the image is for hypervisor " + hypervisor;
        }
        String mode = first(image, MODE);
        if (mode != null && !lower(mode).equals("hvm")) {
            return "runs machines of mode hvm, and the image is for mode " + mode;
        }
        String architecture = first(image, ARCHITECTURE);
        if (architecture != null && !traits.isEmpty()) {
            String wanted =
                    ARCHITECTURE_TRAIT + architecture.toUpperCase(Locale.ROOT).replace('-', '_');
            Set<String> has = new TreeSet<>(traits);
            has.removeIf(trait -> !trait.startsWith(ARCHITECTURE_TRAIT));
            if (!has.isEmpty() && !has.contains(wanted)) {
                return "has trait " + String.join(", ", has) + ", and the image is for architecture " + architecture;
            }
        }
        return metadata.isEmpty() ? null : keptFromIt(image, metadata);
    }

    private static @Nullable String keptFromIt(Map<String, String> image, Map<String, Set<String>> metadata) {
        for (Map.Entry<String, String> one : new TreeMap<>(image).entrySet()) {
            Set<String> values = metadata.get(one.getKey());
            if (values != null && !values.contains(one.getValue())) {
                return "its aggregates take images with " + one.getKey() + " "
                        + String.join(", ", new TreeSet<>(values)) + ", the image has " + one.getValue();
            }
        }
        return null;
    }

    private static @Nullable String first(Map<String, String> image, List<String> names) {
        for (String name : names) {
            String value = image.get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
