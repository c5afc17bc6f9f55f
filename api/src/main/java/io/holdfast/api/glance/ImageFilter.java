package io.holdfast.api.glance;

import io.holdfast.api.http.ApiFault;
import io.holdfast.compute.ImageEntry;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** One condition of a list, as Glance's parameters spell it. Pure. */
@FunctionalInterface
interface ImageFilter {

    /** Parameters that are no conditions. */
    Set<String> OTHERS = Set.of("limit", "marker", "sort", "sort_key", "sort_dir", "visibility", "member_status");

    boolean accepts(ImageEntry image);

    /**
     * @return empty when the parameter is none
     * @throws ApiFault 400 when its value cannot be understood
     */
    static Optional<ImageFilter> of(String name, String value) {
        if (OTHERS.contains(name)) {
            return Optional.empty();
        }
        return Optional.of(
                switch (name) {
                    case "name" -> text(value, ImageEntry::name);
                    case "id" -> text(value, image -> image.id().toString());
                    case "status" -> text(value, image -> ImageView.word(image.status()));
                    case "disk_format" -> text(value, ImageEntry::diskFormat);
                    case "container_format" -> text(value, ImageEntry::containerFormat);
                    case "owner" ->
                        image -> image.owner() != null && image.owner().value().equals(value);
                    case "checksum" ->
                        image -> image.content() != null
                                && value.equals(image.content().md5());
                    case "os_hash_value" ->
                        image -> image.content() != null
                                && value.equals(image.content().sha512());
                    case "os_hash_algo" ->
                        image -> image.content() != null && image.content().sha512() != null && value.equals("sha512");
                    case "protected" -> flag(name, value, ImageEntry::isProtected);
                    case "os_hidden" -> flag(name, value, ImageEntry::hidden);
                    case "tag" -> image -> image.tags().contains(value);
                    case "min_ram" -> number(name, value, (has, asked) -> has.minMemoryMib() == asked);
                    case "min_disk" -> number(name, value, (has, asked) -> has.minDiskGib() == asked);
                    case "size" -> number(name, value, (has, asked) -> ImageListing.size(has) == asked);
                    case "size_min" -> number(name, value, (has, asked) -> ImageListing.size(has) >= asked);
                    case "size_max" -> number(name, value, (has, asked) -> ImageListing.size(has) <= asked);
                    case "created_at" -> time(name, value, ImageEntry::createdAt);
                    case "updated_at" -> time(name, value, ImageEntry::updatedAt);
                    default -> image -> value.equals(image.properties().get(name));
                });
    }

    /** The value itself, or {@code in:} and a list of such, each of which may stand in quotes. */
    private static ImageFilter text(String value, Function<ImageEntry, @Nullable String> of) {
        if (!value.startsWith("in:")) {
            return image -> value.equals(of.apply(image));
        }
        List<String> values = list(value.substring("in:".length()));
        return image -> {
            String has = of.apply(image);
            return has != null && values.contains(has);
        };
    }

    private static List<String> list(String text) {
        List<String> values = new ArrayList<>();
        StringBuilder one = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                i++;
                one.append(text.charAt(i));
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                values.add(one.toString());
                one.setLength(0);
            } else {
                one.append(c);
            }
        }
        if (quoted) {
            throw ApiFault.badRequest(
                    "Invalid filter value " + text + ". There is no comma after opening quotation mark.");
        }
        values.add(one.toString());
        return values;
    }

    private static ImageFilter flag(String name, String value, Function<ImageEntry, Boolean> of) {
        boolean wanted = switch (value.toLowerCase(java.util.Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw ApiFault.badRequest("Invalid value '" + value + "' for '" + name + "' filter.");
        };
        return image -> of.apply(image) == wanted;
    }

    private static ImageFilter number(String name, String value, Comparison comparison) {
        if (!value.matches("\\d{1,18}")) {
            throw ApiFault.badRequest("'" + name + "' param must be an integer, is '" + value + "'");
        }
        long number = Long.parseLong(value);
        return image -> comparison.holds(image, number);
    }

    /** A time, or {@code gt:}, {@code gte:}, {@code lt:}, {@code lte:}, {@code eq:} or {@code neq:} and a time. To the second, as times are shown. */
    private static ImageFilter time(String name, String value, Function<ImageEntry, Instant> of) {
        int colon = value.indexOf(':');
        String word = colon < 0 ? "" : value.substring(0, colon);
        IntPredicate compared = switch (word) {
            case "gt" -> sign -> sign > 0;
            case "gte" -> sign -> sign >= 0;
            case "lt" -> sign -> sign < 0;
            case "lte" -> sign -> sign <= 0;
            case "neq" -> sign -> sign != 0;
            default -> sign -> sign == 0;
        };
        boolean operator = Set.of("gt", "gte", "lt", "lte", "eq", "neq").contains(word);
        Instant asked = instant(name, operator ? value.substring(colon + 1) : value);
        return image ->
                compared.test(of.apply(image).truncatedTo(ChronoUnit.SECONDS).compareTo(asked));
    }

    private static Instant instant(String name, String text) {
        try {
            return text.matches(".*(Z|[+-]\\d\\d:?\\d\\d)$") && text.indexOf('T') > 0
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
        } catch (DateTimeParseException e) {
            throw ApiFault.badRequest(
                    "Bad \"" + name + "\" query filter format, is '" + text + "'. Use ISO 8601 DateTime notation.");
        }
    }

    /** Whether an image has to a number what was asked. */
    @FunctionalInterface
    interface Comparison {
        boolean holds(ImageEntry image, long asked);
    }
}
