package io.holdfast.fencing.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The fans, temperatures, voltages, power supplies and drives of a machine that is not there. Whatever controller is simulated
 * tells of them in its own language. Any thread may call.
 */
public final class SimulatedHardware {

    /** What a component is. The first three measure something. */
    public enum Kind {
        TEMPERATURE,
        FAN,
        VOLTAGE,
        POWER_SUPPLY,
        DRIVE;

        public boolean measures() {
            return this == TEMPERATURE || this == FAN || this == VOLTAGE;
        }
    }

    /** How it is, or how its controller sees it. */
    public enum State {
        OK,
        /** It is watched, and cannot be read. */
        UNREADABLE,
        /** It is not watched. */
        DISABLED,
        /** Is not in its place. */
        ABSENT,
        /** Works, and says that it will not for long. */
        FAILING,
        FAILED,
        /** A power supply without input. */
        LOST
    }

    /** Faults that the machine as a whole has. */
    public enum Fault {
        POWER,
        OVERLOAD,
        DRIVE,
        COOLING
    }

    /** From where on a value is out of bounds; NaN where there is no such limit. */
    public record Bounds(
            double lowerFatal,
            double lowerCritical,
            double lowerWarning,
            double upperWarning,
            double upperCritical,
            double upperFatal) {

        static final Bounds NONE = new Bounds(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    }

    /** @param value of one that measures: degrees C, RPM or V */
    public record Component(String name, Kind kind, double value, Bounds bounds, State state) {

        public static final int NAME_LENGTH_MAX = 16;

        public Component {
            if (name.isEmpty() || name.length() > NAME_LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "a component's name has 1 to 16 letters, '" + name + "' has " + name.length());
            }
        }

        Component with(double now) {
            return new Component(name, kind, now, bounds, State.OK);
        }

        Component with(State now) {
            return new Component(name, kind, value, bounds, now);
        }
    }

    private static final Bounds WARMTH = new Bounds(Double.NaN, -10, 5, 42, 47, 52);
    private static final Bounds HEAT = new Bounds(Double.NaN, Double.NaN, Double.NaN, 85, 95, 100);
    private static final Bounds SPEED = new Bounds(Double.NaN, 600, 1000, Double.NaN, Double.NaN, Double.NaN);
    private static final Bounds TWELVE = new Bounds(10.2, 10.8, 11.2, 12.8, 13.2, 13.8);

    /** Guarded by this, as all below. */
    private final List<Component> components = new ArrayList<>(List.of(
            new Component("Inlet Temp", Kind.TEMPERATURE, 24, WARMTH, State.OK),
            new Component("CPU Temp", Kind.TEMPERATURE, 51, HEAT, State.OK),
            new Component("Fan 1", Kind.FAN, 5400, SPEED, State.OK),
            new Component("Fan 2", Kind.FAN, 5500, SPEED, State.OK),
            new Component("12V", Kind.VOLTAGE, 12.1, TWELVE, State.OK),
            new Component("PSU 1", Kind.POWER_SUPPLY, 0, Bounds.NONE, State.OK),
            new Component("PSU 2", Kind.POWER_SUPPLY, 0, Bounds.NONE, State.OK),
            new Component("Drive 1", Kind.DRIVE, 0, Bounds.NONE, State.OK)));

    private final Set<Fault> faults = EnumSet.noneOf(Fault.class);
    private int revision = 1;

    public synchronized List<Component> components() {
        return List.copyOf(components);
    }

    /** Changes with what is there, not with how it is. */
    public synchronized int revision() {
        return revision;
    }

    public synchronized Set<Fault> faults() {
        return Set.copyOf(faults);
    }

    public synchronized void fault(Fault fault, boolean present) {
        if (present) {
            faults.add(fault);
        } else {
            faults.remove(fault);
        }
    }

    /** A component that measures has this value from now on. */
    public void set(String name, double value) {
        change(name, component -> {
            if (!component.kind.measures()) {
                throw new IllegalArgumentException(
                        "'" + name + "' measures nothing; it is one of " + words(State.values()));
            }
            return component.with(value);
        });
    }

    public void set(String name, State state) {
        change(name, component -> component.with(state));
    }

    /** Something was built in. */
    public synchronized void add(Component component) {
        components.add(component);
        revision++;
    }

    /**
     * The same in words: {@code Fan 1=0}, {@code PSU 2=lost}, {@code fault=cooling}.
     *
     * @throws IllegalArgumentException naming what there is, when it is about nothing that is there
     */
    public void say(String words) {
        int at = words.indexOf('=');
        if (at < 0) {
            throw new IllegalArgumentException("'" + words + "' is not NAME=VALUE or NAME=STATE");
        }
        String name = words.substring(0, at).strip();
        String what = words.substring(at + 1).strip();
        if (name.equalsIgnoreCase("fault")) {
            fault(word(Fault.values(), what), true);
            return;
        }
        try {
            set(name, Double.parseDouble(what));
        } catch (NumberFormatException e) {
            set(name, word(State.values(), what));
        }
    }

    private static <E extends Enum<E>> E word(E[] values, String word) {
        return Arrays.stream(values)
                .filter(each -> each.name().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("'" + word + "' is no number and none of " + words(values)));
    }

    private static <E extends Enum<E>> String words(E[] values) {
        return Arrays.stream(values)
                .map(each -> each.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    private synchronized void change(String name, UnaryOperator<Component> how) {
        for (int i = 0; i < components.size(); i++) {
            if (components.get(i).name.equalsIgnoreCase(name)) {
                components.set(i, how.apply(components.get(i)));
                return;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is none of "
                + components.stream().map(Component::name).collect(Collectors.joining(", ")));
    }
}
