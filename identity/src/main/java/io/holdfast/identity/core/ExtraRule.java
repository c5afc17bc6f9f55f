package io.holdfast.identity.core;

import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What may be kept of attributes that mean nothing here, and how a change meets what is kept.
 *
 * <p><b>Rule</b> (Keystone's {@code ModelDictMixinWithExtras} in {@code keystone/common/sql/core.py}, and {@code update_user} and its like
 * in its back ends): they are one object beside the real attributes; a change puts its own attributes, each as a whole, over those that
 * are there and leaves the others; null is a value as any other and stays.
 *
 * <p>Beyond Keystone there are limits, since all of a list is in memory at once, and nothing whose name speaks of a password is kept: what
 * is kept is shown to whoever may see its owner.
 *
 * <p>Values are those of JSON: null, {@link Boolean}, {@link Number}, {@link String}, {@link List} and {@link Map}. Pure.
 */
public final class ExtraRule {

    /** Of one user, project, domain or role. */
    public static final int ATTRIBUTES_MAX = 100;

    /** Characters of a name, at any depth. */
    public static final int NAME_MAX = 255;

    /** Of objects and lists in each other; a plain value is 1 deep. */
    public static final int DEPTH_MAX = 8;

    /** Of all attributes of one user and so on, as compact JSON in UTF-8. */
    public static final int BYTES_MAX = 8192;

    private ExtraRule() {}

    /**
     * @param there what is kept already; empty for something new
     * @return what shall be kept
     * @throws IdentityException INVALID in Keystone's words, without the value
     */
    public static Map<String, @Nullable Object> merged(
            Map<String, @Nullable Object> there, Map<String, @Nullable Object> change) {
        change.forEach((name, value) -> {
            requireName(name, name);
            requireValue(name, value, 1);
        });
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(there);
        merged.putAll(change);
        if (merged.size() > ATTRIBUTES_MAX) {
            throw new IdentityException(
                    Kind.INVALID,
                    "There are more than " + ATTRIBUTES_MAX + " attributes besides those that have a meaning.");
        }
        if (bytes(merged) > BYTES_MAX) {
            throw new IdentityException(
                    Kind.INVALID,
                    "The attributes besides those that have a meaning take more than " + BYTES_MAX + " bytes.");
        }
        return Collections.unmodifiableMap(merged);
    }

    private static void requireName(String attribute, String name) {
        if (name.isBlank() || name.length() > NAME_MAX) {
            throw wrong(attribute, "A name must have 1 to " + NAME_MAX + " characters, and not only blanks.");
        }
        String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{Nd}]", "");
        if (plain.contains("password") || plain.contains("passwd") || plain.contains("passphrase")) {
            throw wrong(attribute, "No password is kept in an attribute.");
        }
    }

    private static void requireValue(String attribute, @Nullable Object value, int depth) {
        if (depth > DEPTH_MAX) {
            throw wrong(attribute, "It is more than " + DEPTH_MAX + " deep.");
        }
        switch (value) {
            case null -> {}
            case Boolean _, String _ -> {}
            case Double number
            when !Double.isFinite(number) -> throw wrong(attribute, "It has a number that is too large.");
            case Number _ -> {}
            case List<?> list -> list.forEach(one -> requireValue(attribute, one, depth + 1));
            case Map<?, ?> map ->
                map.forEach((name, one) -> {
                    requireName(attribute, String.valueOf(name));
                    requireValue(attribute, one, depth + 1);
                });
            default -> throw new IllegalArgumentException("no value of JSON: " + value.getClass());
        }
    }

    private static IdentityException wrong(String attribute, String why) {
        String shown = attribute.length() > NAME_MAX ? attribute.substring(0, NAME_MAX) + "..." : attribute;
        return new IdentityException(Kind.INVALID, "Invalid input for field/attribute " + shown + ". " + why);
    }

    /** As compact JSON, where only quotation marks, backslashes and control characters are escaped. */
    private static long bytes(@Nullable Object value) {
        return switch (value) {
            case null -> 4;
            case String text ->
                2L
                        + text.getBytes(StandardCharsets.UTF_8).length
                        + text.chars().filter(c -> c == '"' || c == '\\').count()
                        + 5 * text.chars().filter(c -> c < ' ').count();
            case List<?> list ->
                1L
                        + Math.max(1, list.size())
                        + list.stream().mapToLong(ExtraRule::bytes).sum();
            case Map<?, ?> map ->
                1L
                        + Math.max(1, 2L * map.size())
                        + map.entrySet().stream()
                                .mapToLong(entry -> bytes(String.valueOf(entry.getKey())) + bytes(entry.getValue()))
                                .sum();
            default -> value.toString().length();
        };
    }
}
