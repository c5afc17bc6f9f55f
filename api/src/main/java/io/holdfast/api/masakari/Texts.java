package io.holdfast.api.masakari;

import io.holdfast.api.http.ApiFault;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Values as Masakari spells them. */
final class Texts {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS");
    private static final Set<String> YES = Set.of("1", "t", "true", "on", "y", "yes");
    private static final Set<String> NO = Set.of("0", "f", "false", "off", "n", "no");

    private Texts() {}

    static @Nullable String time(@Nullable Instant time) {
        return time == null ? null : time(LocalDateTime.ofInstant(time, ZoneOffset.UTC));
    }

    static String time(LocalDateTime time) {
        return TIME.format(time);
    }

    /** ISO 8601; without a zone it is UTC, as monitors send it. */
    static LocalDateTime time(String name, String text) {
        // In a query a plus sign is a blank to whoever decodes it.
        String spelled =
                text.strip().replaceFirst("(T.*) (\\d\\d:\\d\\d)$", "$1+$2").replace(' ', 'T');
        try {
            return LocalDateTime.parse(spelled);
        } catch (DateTimeParseException withZone) {
            try {
                return OffsetDateTime.parse(spelled)
                        .withOffsetSameInstant(ZoneOffset.UTC)
                        .toLocalDateTime();
            } catch (DateTimeParseException e) {
                throw ApiFault.badRequest("Invalid input for field/attribute " + name + ". '" + text
                        + "' is not a moment in ISO 8601, for example 2016-01-01T01:00:00.000000.");
            }
        }
    }

    /** True or false in any of the spellings that clients send. */
    static boolean flag(String name, Object value) {
        String word = String.valueOf(value).strip().toLowerCase(Locale.ROOT);
        if (!YES.contains(word) && !NO.contains(word)) {
            throw ApiFault.badRequest("Invalid value for " + name + ": '" + value + "' is neither true nor false.");
        }
        return YES.contains(word);
    }

    static boolean flag(JsonObject body, String name, boolean otherwise) {
        Object value = body.getValue(name);
        return value == null ? otherwise : flag(name, value);
    }

    static Optional<UUID> uuid(String text) {
        try {
            String hex = text.replace("-", "");
            return hex.length() != 32
                    ? Optional.empty()
                    : Optional.of(
                            UUID.fromString(hex.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
