package io.holdfast.chaos.scenario;

import io.holdfast.compute.InstanceGoal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a world while a scenario was played, from the outside. Filled by whoever watches; judged by {@link
 * Judge}.
 */
final class Observed {

    private final List<String> facts = new ArrayList<>();
    private final List<String> fenced = new ArrayList<>();
    private final Set<String> powered = new TreeSet<>();
    private final Set<String> ordered = new LinkedHashSet<>();
    private final Map<String, String> cases = new LinkedHashMap<>();
    private final Map<String, String> moves = new LinkedHashMap<>();
    private final Set<String> humans = new TreeSet<>();
    private final Map<String, History> instances = new LinkedHashMap<>();

    /**
     * One change of one instance.
     *
     * @param time since the beginning
     * @param host where, or null when it runs nowhere
     * @param state {@code running}, {@code down}, {@code stopped} or {@code deleted}
     */
    record Change(Duration time, @Nullable String host, String state) {}

    /** Of one instance. */
    static final class History {

        private final List<Change> changes = new ArrayList<>();
        private final Set<String> homes = new TreeSet<>();
        private final Set<String> everOn = new TreeSet<>();
        private int starts;
        private InstanceGoal goal = InstanceGoal.RUNNING;

        List<Change> changes() {
            return Collections.unmodifiableList(changes);
        }

        /** Hosts on which its guest runs; more than one is a violation. */
        Set<String> homes() {
            return Collections.unmodifiableSet(homes);
        }

        Set<String> everOn() {
            return Collections.unmodifiableSet(everOn);
        }

        int starts() {
            return starts;
        }

        InstanceGoal goal() {
            return goal;
        }

        private void note(Duration at) {
            String state = !homes.isEmpty()
                    ? "running"
                    : switch (goal) {
                        case RUNNING -> "down";
                        case STOPPED, PAUSED, SUSPENDED -> "stopped";
                        case DELETED -> "deleted";
                    };
            String host = homes.isEmpty() ? null : String.join("+", homes);
            Change last = changes.isEmpty() ? null : changes.getLast();
            if (last == null
                    || !last.state().equals(state)
                    || !String.valueOf(last.host()).equals(String.valueOf(host))) {
                changes.add(new Change(at, host, state));
            }
        }
    }

    /** How an instance is when watching begins. */
    void begins(String instance, @Nullable String host, InstanceGoal goal, Duration at) {
        History history = history(instance);
        history.goal = goal;
        if (host != null) {
            history.homes.add(host);
            history.everOn.add(host);
        }
        history.note(at);
    }

    void guestStarted(String instance, String host, Duration at) {
        History history = history(instance);
        history.homes.add(host);
        history.everOn.add(host);
        history.starts++;
        history.note(at);
        facts.add(Facts.starts(instance, host));
    }

    void guestEnded(String instance, String host, Duration at) {
        History history = history(instance);
        history.homes.remove(host);
        history.note(at);
        facts.add(Facts.ends(instance, host));
    }

    void wanted(String instance, InstanceGoal goal, Duration at) {
        History history = history(instance);
        history.goal = goal;
        history.note(at);
    }

    void power(String host, boolean on) {
        if (on) {
            powered.add(host);
        } else {
            powered.remove(host);
        }
        facts.add(Facts.power(host, on));
    }

    void orderedOff(String host) {
        ordered.add(host);
    }

    void proven(String host) {
        fenced.add(host);
        facts.add(Facts.fenced(host));
    }

    void caseIs(String host, String phase) {
        if (!phase.equals(cases.put(host, phase))) {
            facts.add(Facts.caseIs(host, phase));
        }
    }

    void moveIs(String instance, String state) {
        if (!state.equals(moves.put(instance, state))) {
            facts.add(Facts.caseIs(instance, state));
        }
    }

    void humanCalled(String subject) {
        humans.add(subject);
    }

    // ---- what was seen

    List<String> facts() {
        return Collections.unmodifiableList(facts);
    }

    List<String> fenced() {
        return Collections.unmodifiableList(fenced);
    }

    Set<String> powered() {
        return Collections.unmodifiableSet(powered);
    }

    Set<String> ordered() {
        return Collections.unmodifiableSet(ordered);
    }

    Map<String, String> cases() {
        return Collections.unmodifiableMap(cases);
    }

    Map<String, String> moves() {
        return Collections.unmodifiableMap(moves);
    }

    Set<String> humans() {
        return Collections.unmodifiableSet(humans);
    }

    Map<String, History> instances() {
        return Collections.unmodifiableMap(instances);
    }

    History history(String instance) {
        return instances.computeIfAbsent(instance, name -> new History());
    }
}
