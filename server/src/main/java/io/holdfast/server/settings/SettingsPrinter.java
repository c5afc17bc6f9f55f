package io.holdfast.server.settings;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes settings as the file that {@link SettingsLoader} would read them from, so that an operator can see what holds
 * after defaults and file are laid over each other.
 *
 * <p>Settings hold no secrets (these are in files of their own), so all of it may be shown.
 */
public final class SettingsPrinter {

    private SettingsPrinter() {}

    public static String print(Record settings) {
        StringBuilder out = new StringBuilder();
        components(out, settings, "");
        return out.toString();
    }

    private static void components(StringBuilder out, Record settings, String indent) {
        Kinds.nameOf(settings.getClass()).ifPresent(kind -> entry(out, Kinds.KEY, kind, indent));
        for (RecordComponent component : settings.getClass().getRecordComponents()) {
            entry(out, Keys.kebab(component.getName()), valueOf(component, settings), indent);
        }
    }

    private static void entry(StringBuilder out, String key, @Nullable Object value, String indent) {
        out.append(indent).append(key).append(':');
        value(out, value, indent);
    }

    private static void value(StringBuilder out, @Nullable Object value, String indent) {
        switch (value) {
            case Record nested
            when isSingle(nested) -> value(out, valueOf(nested.getClass().getRecordComponents()[0], nested), indent);
            case Record nested -> {
                out.append('\n');
                components(out, nested, indent + "  ");
            }
            case Map<?, ?> map
            when !map.isEmpty() -> {
                out.append('\n');
                map.forEach((key, each) -> entry(out, scalar(unwrapped(key)), each, indent + "  "));
            }
            case List<?> list
            when !list.isEmpty() -> {
                out.append('\n');
                for (Object each : list) {
                    item(out, each, indent + "  ");
                }
            }
            case null, default -> out.append(' ').append(scalar(value)).append('\n');
        }
    }

    private static void item(StringBuilder out, Object value, String indent) {
        StringBuilder inner = new StringBuilder();
        if (value instanceof Record record && !isSingle(record)) {
            components(inner, record, indent + "  ");
        } else {
            value(inner, value, indent + "  ");
        }
        // The item's first line moves up behind its dash.
        out.append(indent).append("- ").append(inner.toString().stripLeading());
    }

    private static boolean isSingle(Record record) {
        return record.getClass().getRecordComponents().length == 1
                && Kinds.nameOf(record.getClass()).isEmpty();
    }

    private static Object unwrapped(Object key) {
        if (key instanceof Record record && isSingle(record)) {
            Object inner = valueOf(record.getClass().getRecordComponents()[0], record);
            return inner == null ? "" : inner;
        }
        return key;
    }

    private static String scalar(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Duration duration -> Durations.format(duration);
            case Enum<?> constant -> Keys.kebab(constant);
            case List<?> _ -> "[]";
            case Map<?, ?> _ -> "{}";
            case Boolean bool -> bool.toString();
            case Number number -> number.toString();
            case Path path -> quoted(path.toString());
            default -> quoted(value.toString());
        };
    }

    /** Plain where nobody could misread it, double-quoted elsewhere. */
    private static String quoted(String text) {
        if (text.matches("[A-Za-z/][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+-]+)*|[a-z]+://[A-Za-z0-9_./@:+-]+")
                && !text.matches("(?i)true|false|yes|no|on|off|null|y|n")) {
            return text;
        }
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
                        out.append(String.format("\\x%02x", c));
                    } else {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
        return out.append('"').toString();
    }

    static @Nullable Object valueOf(RecordComponent component, Record from) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(from);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }
}
