package io.holdfast.model;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How much an instance has of what hosts have besides processors, memory and disk: {@code CUSTOM_FPGA=2,VGPU=1}. Names are those of Placement's
 * resource classes, amounts are 1 to 999,999,999.
 */
public record Amounts(Map<String, Integer> of) {

    public static final Amounts NONE = new Amounts(Map.of());

    /** How a flavor's extra spec begins that says such an amount, as in Nova; what follows is the class. */
    public static final String SPEC = "resources:";

    private static final Pattern NAME = Pattern.compile("[A-Z0-9_]{1,255}");
    private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,9}");

    public Amounts {
        of = Collections.unmodifiableMap(new TreeMap<>(of));
    }

    /** What a flavor's extra specs say; what {@link #check} refuses says nothing, and neither does an amount of 0. */
    public static Amounts ofSpecs(Map<String, String> specs) {
        Map<String, Integer> amounts = new TreeMap<>();
        specs.forEach((key, value) -> {
            if (key.startsWith(SPEC) && objection(key, value) == null && Integer.parseInt(value) > 0) {
                amounts.put(key.substring(SPEC.length()), Integer.parseInt(value));
            }
        });
        return amounts.isEmpty() ? NONE : new Amounts(amounts);
    }

    /**
     * Whether a flavor may say so.
     *
     * @throws IllegalArgumentException with what is wrong, for whoever wrote it
     */
    public static void check(Map<String, String> specs) {
        specs.forEach((key, value) -> {
            String objection = key.startsWith(SPEC) ? objection(key, value) : null;
            if (objection != null) {
                throw new IllegalArgumentException(key + " " + objection);
            }
        });
    }

    private static @Nullable String objection(String key, String value) {
        String name = key.substring(SPEC.length());
        if (!NAME.matcher(name).matches()) {
            return "is no resource class (1 to 255 capital letters, digits and underscores)";
        }
        return switch (name) {
            case "VCPU", "MEMORY_MB", "DISK_GB" -> "is said by the flavor's own size";
            default ->
                AMOUNT.matcher(value).matches() ? null : "must be an amount from 0 to 999999999, is '" + value + "'";
        };
    }

    /** Reads what {@link #toString} wrote. */
    public static Amounts parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        Map<String, Integer> amounts = new TreeMap<>();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            amounts.put(part.substring(0, equals), Integer.parseInt(part.substring(equals + 1)));
        }
        return new Amounts(amounts);
    }

    public boolean isEmpty() {
        return of.isEmpty();
    }

    /** {@code CUSTOM_FPGA=2,VGPU=1}, by name; empty for none. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        of.forEach((name, amount) ->
                text.append(text.isEmpty() ? "" : ",").append(name).append('=').append(amount));
        return text.toString();
    }
}
