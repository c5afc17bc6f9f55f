package io.holdfast.compute.core;

import io.holdfast.model.RecoveryPolicy;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which recovery policy an instance has, and where that comes from.
 *
 * <p>Strongest first: the instance's own word (a tag, then metadata), its flavor's extra spec, its image's property, the
 * deployment's default. Where one place says two things, the more cautious word counts: an owner who wrote both
 * {@code notify} and {@code automatic-recovery} is better told once too often than moved against their wish.
 */
public final class PolicyRule {

    public static final String TAG_AUTOMATIC = "automatic-recovery";
    public static final String TAG_NOTIFY = "notify";
    public static final String TAG_NONE = "no-recovery";

    /** The key in metadata and extra specs; values {@code automatic}, {@code notify}, {@code none}. */
    public static final String KEY = "holdfast:recovery";

    /** The same key as image properties spell it. */
    public static final String IMAGE_KEY = "holdfast_recovery";

    private PolicyRule() {}

    public static Resolved resolve(
            Collection<String> tags,
            Map<String, String> metadata,
            Map<String, String> extraSpecs,
            Map<String, String> imageProperties,
            RecoveryPolicy deploymentDefault) {
        if (tags.contains(TAG_NONE)) {
            return new Resolved(RecoveryPolicy.NONE, "tag");
        }
        if (tags.contains(TAG_NOTIFY)) {
            return new Resolved(RecoveryPolicy.NOTIFY, "tag");
        }
        if (tags.contains(TAG_AUTOMATIC)) {
            return new Resolved(RecoveryPolicy.AUTOMATIC, "tag");
        }
        return word(metadata, KEY, "metadata")
                .or(() -> word(extraSpecs, KEY, "flavor"))
                .or(() -> word(imageProperties, IMAGE_KEY, "image"))
                .or(() -> word(imageProperties, KEY, "image"))
                .orElse(new Resolved(deploymentDefault, "default"));
    }

    /** Whether a value can stand behind {@link #KEY}; checked where it is written, so that a typo is not found out when the host dies. */
    public static Optional<RecoveryPolicy> parse(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "automatic" -> Optional.of(RecoveryPolicy.AUTOMATIC);
            case "notify" -> Optional.of(RecoveryPolicy.NOTIFY);
            case "none" -> Optional.of(RecoveryPolicy.NONE);
            default -> Optional.empty();
        };
    }

    private static Optional<Resolved> word(Map<String, String> from, String key, String source) {
        String value = from.get(key);
        return value == null ? Optional.empty() : parse(value).map(policy -> new Resolved(policy, source));
    }

    /** @param source {@code tag}, {@code metadata}, {@code flavor}, {@code image} or {@code default} */
    public record Resolved(RecoveryPolicy policy, String source) {}
}
