package io.holdfast.scheduler;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a flavor wants of a host's aggregates, in the operators of Nova's extra specs. Without one the value must be the same
 * text. {@code <or>} takes one of several values, {@code <in>} a part of the text, {@code <all-in>} all of several parts;
 * {@code s==}, {@code s!=}, {@code s<}, {@code s<=}, {@code s>}, {@code s>=} compare texts; {@code =} and {@code >=} take a number
 * that is as large or larger, {@code ==}, {@code !=}, {@code <=} compare numbers. What is no number meets no number.
 */
final class SpecRule {

    private static final String OR = "<or>";

    private SpecRule() {}

    /** Why a host of these aggregates does not have what is wanted, by key; null when it has all. */
    static @Nullable String missing(Map<String, String> wanted, Map<String, Set<String>> metadata) {
        if (wanted.isEmpty()) {
            return null;
        }
        for (Map.Entry<String, String> one : new TreeMap<>(wanted).entrySet()) {
            Set<String> values = metadata.getOrDefault(one.getKey(), Set.of());
            if (values.stream().noneMatch(value -> matches(value, one.getValue()))) {
                return "the flavor wants an aggregate with " + one.getKey() + " " + one.getValue()
                        + ", its aggregates have "
                        + (values.isEmpty() ? "no such key" : String.join(", ", new TreeSet<>(values)));
            }
        }
        return null;
    }

    static boolean matches(String value, String wanted) {
        List<String> words = Arrays.stream(wanted.strip().split("\\s+")).toList();
        List<String> operands = words.subList(1, words.size());
        return switch (words.getFirst()) {
            case OR -> isOneOf(value, operands);
            case "<all-in>" -> !operands.isEmpty() && operands.stream().allMatch(value::contains);
            case "<in>" -> !operands.isEmpty() && value.contains(operands.getFirst());
            case "s==" -> !operands.isEmpty() && value.equals(operands.getFirst());
            case "s!=" -> !operands.isEmpty() && !value.equals(operands.getFirst());
            case "s<" -> !operands.isEmpty() && value.compareTo(operands.getFirst()) < 0;
            case "s<=" -> !operands.isEmpty() && value.compareTo(operands.getFirst()) <= 0;
            case "s>" -> !operands.isEmpty() && value.compareTo(operands.getFirst()) > 0;
            case "s>=" -> !operands.isEmpty() && value.compareTo(operands.getFirst()) >= 0;
            case "=", ">=" -> number(value) >= first(operands);
            case "==" -> number(value) == first(operands);
            case "!=" -> differs(number(value), first(operands));
            case "<=" -> number(value) <= first(operands);
            default -> value.equals(wanted);
        };
    }

    /** {@code a <or> b <or> c}, whose first operator was taken off. */
    private static boolean isOneOf(String value, List<String> operands) {
        for (int i = 0; i < operands.size(); i += 2) {
            if (value.equals(operands.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean differs(double one, double other) {
        return one < other || one > other;
    }

    private static double first(List<String> operands) {
        return operands.isEmpty() ? Double.NaN : number(operands.getFirst());
    }

    /** Not a number for what is none: then every comparison is false. */
    static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException none) {
            return Double.NaN;
        }
    }
}
