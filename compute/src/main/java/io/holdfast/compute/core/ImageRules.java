package io.holdfast.compute.core;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ImageEntry;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What may be said of an image, with Glance's limits. Throws {@link ComputeException}, INVALID where nothing else is said. */
public final class ImageRules {

    /** The only container that we know: none. */
    public static final String BARE = "bare";

    /** The formats that a guest can be given. */
    public static final Set<String> DISK_FORMATS = Set.of("raw", "qcow2");

    private static final int NAME_LIMIT = 255;
    private static final int TAG_LIMIT = 255;

    /** Glance's default, which its clients run into as well. */
    private static final int TAGS_LIMIT = 128;

    private static final int PROPERTIES_LIMIT = 128;
    private static final int KEY_LIMIT = 255;

    /** Longer texts are no descriptions; 128 of these are what one image can take of a list's memory. */
    private static final int VALUE_LIMIT = 4096;

    private ImageRules() {}

    /** Checks what an owner wrote. */
    public static void check(ImageEntry image) {
        if (image.name().length() > NAME_LIMIT || image.name().chars().anyMatch(Character::isISOControl)) {
            throw invalid("name must have at most 255 printable characters");
        }
        InstanceRules.text(image.name(), "name");
        if (image.minMemoryMib() < 0 || image.minDiskGib() < 0) {
            throw invalid("an image's least memory and disk must not be negative");
        }
        if (image.diskFormat() != null && !DISK_FORMATS.contains(image.diskFormat())) {
            throw invalid("disk_format must be raw or qcow2, is '" + image.diskFormat() + "'");
        }
        if (image.containerFormat() != null && !image.containerFormat().equals(BARE)) {
            throw invalid("container_format must be bare, is '" + image.containerFormat() + "'");
        }
        if (image.tags().size() > TAGS_LIMIT) {
            throw new ComputeException(
                    Kind.TOO_LARGE,
                    "an image may have at most " + TAGS_LIMIT + " tags, these are "
                            + image.tags().size());
        }
        for (String tag : image.tags()) {
            if (tag.isEmpty() || tag.length() > TAG_LIMIT) {
                throw invalid("a tag must have 1 to 255 characters");
            }
            InstanceRules.text(tag, "tag");
        }
        properties(image.properties());
    }

    /** Checks properties alone. */
    public static void properties(Map<String, String> properties) {
        if (properties.size() > PROPERTIES_LIMIT) {
            throw new ComputeException(
                    Kind.TOO_LARGE,
                    "an image may have at most " + PROPERTIES_LIMIT + " properties, these are " + properties.size());
        }
        properties.forEach((key, value) -> {
            if (key.isEmpty() || key.length() > KEY_LIMIT || value.length() > VALUE_LIMIT) {
                throw invalid("property '" + key + "': names have 1 to 255 characters, values at most " + VALUE_LIMIT);
            }
            InstanceRules.text(key, "property");
            InstanceRules.text(value, "property " + key);
        });
        InstanceRules.policyWord(properties.get(PolicyRule.IMAGE_KEY), "property " + PolicyRule.IMAGE_KEY);
        InstanceRules.policyWord(properties.get(PolicyRule.KEY), "property " + PolicyRule.KEY);
        GuestTermsRule.check(properties, "property");
    }

    /** Whether instances that take their recovery policy from the image would have another. */
    public static boolean changesPolicy(ImageEntry before, ImageEntry after) {
        return Set.of(PolicyRule.IMAGE_KEY, PolicyRule.KEY).stream()
                .anyMatch(key -> !Objects.equals(
                        before.properties().get(key), after.properties().get(key)));
    }

    private static ComputeException invalid(String message) {
        return new ComputeException(Kind.INVALID, message);
    }
}
