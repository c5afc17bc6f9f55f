package io.holdfast.chaos.scenario;

import io.holdfast.chaos.scenario.ScenarioEvent.Bmc;
import io.holdfast.chaos.scenario.ScenarioEvent.Direction;
import io.holdfast.chaos.scenario.ScenarioEvent.ProcessState;
import io.holdfast.chaos.scenario.TimedEvent.At;
import io.holdfast.chaos.scenario.TimedEvent.Condition;
import io.holdfast.chaos.scenario.TimedEvent.Later;
import io.holdfast.chaos.scenario.TimedEvent.Moment;
import io.holdfast.chaos.scenario.TimedEvent.Once;
import io.holdfast.compute.SayAnswer;
import io.holdfast.model.HostId;
import io.holdfast.scheduler.Outside;
import io.holdfast.server.settings.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code events.txt}: one event a line, a moment first.
 *
 * <pre>
 * 10s                       power-lost h1
 * +500ms                    controller-killed leader
 * when h1 is FENCING        controller-paused leader 20s
 * when vm1 is STARTING +1s  delete vm1
 * when vm1 runs on h2       power-back h1
 * when h1 has no power      end
 * </pre>
 */
final class EventLines {

    private final Cast cast;

    EventLines(Cast cast) {
        this.cast = cast;
    }

    /** Every event; each mistake goes to {@code mistakes} with the number of its line. */
    List<TimedEvent> read(List<String> lines, BiConsumer<Integer, String> mistakes) {
        List<TimedEvent> events = new ArrayList<>();
        Duration latest = Duration.ZERO;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            try {
                if (!events.isEmpty() && events.getLast().event() instanceof ScenarioEvent.End) {
                    throw new Mistake("nothing can happen after 'end' (line "
                            + events.getLast().line() + ")");
                }
                TimedEvent event = line(i + 1, line);
                if (event.moment() instanceof At at) {
                    if (at.sinceStart().compareTo(latest) < 0) {
                        throw new Mistake("happens at " + Durations.format(at.sinceStart())
                                + ", before the line above it (" + Durations.format(latest)
                                + "); lines happen in their order");
                    }
                    latest = at.sinceStart();
                } else if (event.moment() instanceof Later later) {
                    latest = latest.plus(later.sincePrevious());
                }
                events.add(event);
            } catch (Mistake mistake) {
                mistakes.accept(i + 1, mistake.text());
            }
        }
        if (events.isEmpty() || !(events.getLast().event() instanceof ScenarioEvent.End)) {
            mistakes.accept(Math.max(1, lines.size()), "the last line must say when it ends, as in '2m end'");
        } else if (!(events.getLast().moment() instanceof At)) {
            mistakes.accept(
                    events.getLast().line(),
                    "the end needs a time of its own, as in '2m end': a moment that never comes must not keep"
                            + " a scenario running for ever");
        }
        return events;
    }

    private TimedEvent line(int number, String text) {
        Words words = new Words(text);
        Moment moment = moment(words);
        String rest = words.rest();
        String word = words.next("an event (" + String.join(", ", Verb.words()) + ")");
        Verb verb = null;
        for (Verb known : Verb.values()) {
            if (known.word().equals(word)) {
                verb = known;
            }
        }
        if (verb == null) {
            throw Mistake.unknown("event", word, Verb.words());
        }
        words.usage = verb.usage();
        ScenarioEvent event = event(verb, words);
        words.finish();
        return new TimedEvent(number, rest, moment, event);
    }

    // ---- moments

    private Moment moment(Words words) {
        String first = words.next("a moment, as in 10s, +500ms or when h1 is FENCING");
        if (first.startsWith("+")) {
            return new Later(duration(first.substring(1)));
        }
        if (!first.equals("when")) {
            return new At(duration(first));
        }
        Condition condition = condition(words);
        String then = words.peek();
        if (then != null && then.startsWith("+")) {
            return new Once(condition, duration(words.next("").substring(1)));
        }
        return new Once(condition, Duration.ZERO);
    }

    private Condition condition(Words words) {
        String subject = words.next("a host or an instance");
        String relation = words.next("is, runs or has");
        return switch (relation) {
            case "is" -> state(subject, words.next("a state"));
            case "runs" -> {
                String instance = cast.instance(subject);
                if (!"on".equals(words.peek())) {
                    yield new TimedEvent.Runs(instance, null);
                }
                words.next("on");
                yield new TimedEvent.Runs(instance, cast.host(words.next("a host")));
            }
            case "has" -> {
                boolean none = "no".equals(words.peek());
                if (none) {
                    words.next("no");
                }
                words.oneOf("power");
                yield new TimedEvent.Powered(cast.host(subject), !none);
            }
            default -> throw Mistake.unknown("relation", relation, List.of("is", "runs", "has"));
        };
    }

    private Condition state(String subject, String state) {
        if (Cast.isPhase(state) && (!Cast.isMove(state) || cast.isHost(subject))) {
            return new TimedEvent.CaseIs(cast.host(subject), state);
        }
        if (Cast.isMove(state)) {
            return new TimedEvent.MoveIs(cast.instance(subject), state);
        }
        throw Mistake.unknown("state", state, cast.isHost(subject) ? Cast.phases() : Cast.moves());
    }

    private static Duration duration(String text) {
        try {
            return Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Mistake(String.valueOf(e.getMessage()));
        }
    }

    // ---- events

    private ScenarioEvent event(Verb verb, Words words) {
        return switch (verb) {
            case POWER_LOST -> new ScenarioEvent.PowerLost(hosts(words));
            case POWER_BACK -> new ScenarioEvent.PowerBack(hosts(words));
            case SHUTDOWN -> new ScenarioEvent.ShutDown(host(words));
            case HANG -> new ScenarioEvent.Hung(hosts(words), true);
            case UNHANG -> new ScenarioEvent.Hung(hosts(words), false);
            case CUT -> cut(words);
            case HEAL -> heal(words);
            case PARTITION -> partition(words);
            case FLAP -> flap(words);
            case LOSS -> new ScenarioEvent.Lossy(nodes(words), cast.network(words.next("a network")), percent(words));
            case STORAGE_STALLED -> new ScenarioEvent.StorageStalled(hosts(words), true);
            case STORAGE_BACK -> new ScenarioEvent.StorageStalled(hosts(words), false);
            case BMC -> new ScenarioEvent.BmcBehaves(hosts(words), bmc(words));
            case OUTLET -> outlet(words);
            case CHASSIS -> {
                List<HostId> hosts = hosts(words);
                yield device(hosts, List.of(Start.Level.CHASSIS), outside(words));
            }
            case AGENT_KILLED -> new ScenarioEvent.Agent(host(words), ProcessState.KILLED);
            case AGENT_STARTED -> new ScenarioEvent.Agent(host(words), ProcessState.STARTED);
            case AGENT_FROZEN -> new ScenarioEvent.Agent(host(words), ProcessState.FROZEN);
            case AGENT_THAWED -> new ScenarioEvent.Agent(host(words), ProcessState.THAWED);
            case WATCHDOG -> watchdog(words);
            case LIBVIRTD_KILLED -> new ScenarioEvent.Libvirtd(host(words), false);
            case LIBVIRTD_STARTED -> new ScenarioEvent.Libvirtd(host(words), true);
            case GUEST_CRASHED -> new ScenarioEvent.GuestCrashed(instance(words));
            case GUEST_STOPPED -> new ScenarioEvent.GuestStopped(instance(words));
            case HEARTBEAT ->
                new ScenarioEvent.Heartbeat(
                        instance(words), words.oneOf("lost", "back").equals("lost"));
            case GUESTS_KILLED -> new ScenarioEvent.GuestsKilled(host(words));
            case STARTS_FAIL -> new ScenarioEvent.StartsFail(host(words), times(words));
            case STOPS_FAIL -> new ScenarioEvent.StopsFail(host(words), times(words));
            case MIGRATIONS_FAIL -> new ScenarioEvent.MigrationsFail(instance(words), times(words));
            case CONTROLLER_KILLED -> new ScenarioEvent.ControllerKilled(controller(words));
            case CONTROLLER_STARTED -> new ScenarioEvent.ControllerStarted(controller(words));
            case CONTROLLER_PAUSED ->
                new ScenarioEvent.ControllerPaused(controller(words), duration(words.next("a duration")));
            case HAND_OVER -> new ScenarioEvent.HandOver();
            case ZOOKEEPER ->
                new ScenarioEvent.ZooKeeper(words.oneOf("lost", "back").equals("back"));
            case DATABASE ->
                new ScenarioEvent.Database(words.oneOf("lost", "back").equals("back"));
            case MAINTENANCE -> maintenance(words);
            case ADVISE -> advise(words);
            case DISARM ->
                new ScenarioEvent.Armed(
                        words.oneOf("freeze", "ignore").equals("freeze") ? Start.Armed.FREEZE : Start.Armed.IGNORE);
            case REARM -> new ScenarioEvent.Armed(Start.Armed.ARMED);
            case DELETE -> new ScenarioEvent.Delete(instance(words));
            case START -> new ScenarioEvent.StartAsked(instance(words));
            case STOP -> new ScenarioEvent.StopAsked(instance(words));
            case MIGRATE -> new ScenarioEvent.Migrate(instance(words), words.peek() == null ? null : host(words));
            case EVACUATE -> evacuate(words);
            case SAY -> say(words);
            case FORCE_DOWN -> forceDown(words);
            case FORCE_DOWN_CLEARED -> new ScenarioEvent.ForceDownCleared(host(words));
            case CONFIRM_DEAD -> confirmDead(words);
            case RETRY -> {
                String of = words.next("a host or an instance");
                yield cast.isInstance(of)
                        ? new ScenarioEvent.RetryInstance(of)
                        : new ScenarioEvent.Retry(cast.hostOrInstance(of));
            }
            case ABANDON -> {
                String of = words.next("a host or an instance");
                yield cast.isInstance(of)
                        ? new ScenarioEvent.AbandonInstance(of)
                        : new ScenarioEvent.Abandon(cast.hostOrInstance(of));
            }
            case RELEASE -> new ScenarioEvent.Release(host(words));
            case DISABLE -> new ScenarioEvent.Enabled(host(words), false);
            case ENABLE -> new ScenarioEvent.Enabled(host(words), true);
            case END -> new ScenarioEvent.End();
        };
    }

    private ScenarioEvent cut(Words words) {
        List<String> nodes = nodes(words);
        Set<Start.Traffic> traffic = cast.network(words.next("a network"));
        Direction direction = words.peek() == null || "with".equals(words.peek())
                ? Direction.BOTH
                : switch (words.oneOf("in", "out", "both", "with")) {
                    case "in" -> Direction.IN;
                    case "out" -> Direction.OUT;
                    default -> Direction.BOTH;
                };
        List<String> with = List.of();
        if (words.peek() != null) {
            words.oneOf("with");
            with = nodes(words);
        }
        return new ScenarioEvent.Cut(nodes, traffic, direction, with);
    }

    private ScenarioEvent heal(Words words) {
        String first = words.next("NODES or all");
        if (first.equals("all") && words.peek() == null) {
            return new ScenarioEvent.HealedAll();
        }
        return new ScenarioEvent.Healed(cast.nodes(first), cast.network(words.next("a network")));
    }

    private ScenarioEvent partition(Words words) {
        var traffic = cast.network(words.next("a network"));
        List<List<String>> sides = new ArrayList<>();
        sides.add(nodes(words));
        while (words.peek() != null) {
            words.oneOf("|");
            sides.add(nodes(words));
        }
        if (sides.size() < 2) {
            throw new Mistake("a partition has two sides or more; write '" + words.usage + "'");
        }
        List<String> named = new ArrayList<>();
        for (List<String> side : sides) {
            for (String node : side) {
                if (named.contains(node)) {
                    throw new Mistake(node + " is on two sides of the partition");
                }
                named.add(node);
            }
        }
        return new ScenarioEvent.Partitioned(traffic, List.copyOf(sides));
    }

    private ScenarioEvent flap(Words words) {
        List<String> nodes = nodes(words);
        var traffic = cast.network(words.next("a network"));
        words.oneOf("every");
        Duration period = duration(words.next("a duration"));
        words.oneOf("for");
        Duration total = duration(words.next("a duration"));
        if (period.isZero() || total.compareTo(period) < 0) {
            throw new Mistake("the period must be longer than nothing and not longer than the whole");
        }
        return new ScenarioEvent.Flapping(nodes, traffic, period, total);
    }

    private static int percent(Words words) {
        String text = words.next("PERCENT%");
        if (!text.matches("[0-9]{1,3}%") || Integer.parseInt(text.substring(0, text.length() - 1)) > 100) {
            throw new Mistake("'" + text + "' is not a share between 0% and 100%");
        }
        return Integer.parseInt(text.substring(0, text.length() - 1));
    }

    private static Bmc bmc(Words words) {
        return behaviour(words.oneOf(
                "well", "silent", "dies-with-host", "lying", "late", "wrong-password", "loses-replies", "reads-on"));
    }

    /** What stands outside of the host does not die with it. */
    private static Bmc outside(Words words) {
        return behaviour(words.oneOf("well", "silent", "lying", "late", "wrong-password", "loses-replies", "reads-on"));
    }

    private ScenarioEvent outlet(Words words) {
        List<HostId> hosts = hosts(words);
        Bmc behaviour = outside(words);
        List<Start.Level> which = words.peek() == null
                ? List.of(Start.Level.PDU, Start.Level.PDU_B)
                : List.of(words.oneOf("a", "b").equals("a") ? Start.Level.PDU : Start.Level.PDU_B);
        return device(hosts, which, behaviour);
    }

    private ScenarioEvent device(List<HostId> hosts, List<Start.Level> devices, Bmc behaviour) {
        hosts.forEach(host -> cast.fencedBy(host, devices));
        return new ScenarioEvent.DeviceBehaves(hosts, devices, behaviour);
    }

    private static Bmc behaviour(String word) {
        return switch (word) {
            case "well" -> new Bmc.Well();
            case "silent" -> new Bmc.Silent();
            case "dies-with-host" -> new Bmc.DiesWithHost();
            case "lying" -> new Bmc.Lying();
            case "late" -> new Bmc.Late();
            case "wrong-password" -> new Bmc.WrongPassword();
            case "loses-replies" -> new Bmc.LosesReplies();
            default -> new Bmc.ReadsOn();
        };
    }

    /** The behaviour of a management controller, written as in the event. */
    static Bmc bmc(String text) {
        Words words = new Words(text);
        words.usage = Verb.BMC.usage();
        Bmc bmc = bmc(words);
        words.finish();
        return bmc;
    }

    private ScenarioEvent maintenance(Words words) {
        String of = words.next("HOST or segment");
        HostId host = of.equals("segment") ? null : cast.hostOrSegment(of);
        boolean on = words.oneOf("on", "off").equals("on");
        return host == null ? new ScenarioEvent.SegmentMaintenance(on) : new ScenarioEvent.HostMaintenance(host, on);
    }

    private ScenarioEvent advise(Words words) {
        HostId host = host(words);
        String kind = words.next("KIND or nothing");
        if (!kind.matches(Outside.KIND)) {
            throw new Mistake("'" + kind + "' is no kind of an advisory: lower-case letters, digits and hyphens");
        }
        return new ScenarioEvent.Advised(host, kind.equals("nothing") ? null : kind);
    }

    private ScenarioEvent watchdog(Words words) {
        HostId host = host(words);
        cast.fencesItself(host);
        return new ScenarioEvent.Watchdog(host, words.oneOf("armed", "disarmed").equals("armed"));
    }

    private ScenarioEvent evacuate(Words words) {
        String instance = instance(words);
        String to = words.peek();
        if (to == null) {
            return new ScenarioEvent.Evacuate(instance, null, false);
        }
        words.next("");
        return to.equals("stopped")
                ? new ScenarioEvent.Evacuate(instance, null, true)
                : new ScenarioEvent.Evacuate(instance, cast.host(to), false);
    }

    private ScenarioEvent say(Words words) {
        String instance = instance(words);
        SayAnswer answer =
                SayAnswer.parse(words.oneOf("recover", "leave", "stopped")).orElseThrow();
        boolean named = answer == SayAnswer.RECOVER && words.peek() != null;
        return new ScenarioEvent.Say(instance, answer, named ? host(words) : null);
    }

    private ScenarioEvent forceDown(Words words) {
        HostId host = host(words);
        if (words.peek() == null) {
            return new ScenarioEvent.ForceDown(host, false);
        }
        words.oneOf("fenced");
        return new ScenarioEvent.ForceDown(host, true);
    }

    private ScenarioEvent confirmDead(Words words) {
        HostId host = host(words);
        Set<String> overrides = new TreeSet<>();
        while (words.peek() != null) {
            words.oneOf("override");
            overrides.add(words.oneOf("lease", "group", "probe", "power"));
        }
        return new ScenarioEvent.ConfirmDead(host, Collections.unmodifiableSet(overrides));
    }

    private static int times(Words words) {
        String text = words.next("TIMES or always");
        if (text.equals("always")) {
            return Integer.MAX_VALUE;
        }
        if (!text.matches("[0-9]{1,4}")) {
            throw new Mistake("'" + text + "' is neither a number of times (0 to 9999) nor always");
        }
        return Integer.parseInt(text);
    }

    private HostId host(Words words) {
        return cast.host(words.next("a host"));
    }

    private List<HostId> hosts(Words words) {
        return cast.hosts(words.next("hosts"));
    }

    private List<String> nodes(Words words) {
        return cast.nodes(words.next("hosts or controllers"));
    }

    private String instance(Words words) {
        return cast.instance(words.next("an instance"));
    }

    private String controller(Words words) {
        return cast.controller(words.next("a controller"));
    }

    /** The words of one line, taken one after the other. */
    private static final class Words {

        private final List<String> words;
        private int at;
        private String usage = "MOMENT EVENT";

        Words(String line) {
            this.words = Arrays.asList(line.split("\\s+"));
        }

        String next(String expected) {
            if (at == words.size()) {
                throw new Mistake("the line ends too early, expected " + expected + "; write '" + usage + "'");
            }
            return words.get(at++);
        }

        @Nullable
        String peek() {
            return at == words.size() ? null : words.get(at);
        }

        String oneOf(String... known) {
            String word = next("one of " + String.join(", ", known));
            if (!Arrays.asList(known).contains(word)) {
                Mistake unknown = Mistake.unknown("word", word, Arrays.asList(known));
                throw new Mistake(unknown.text() + "; write '" + usage + "'");
            }
            return word;
        }

        String rest() {
            return String.join(" ", words.subList(at, words.size()));
        }

        void finish() {
            if (at < words.size()) {
                throw new Mistake("'" + rest() + "' is too much; write '" + usage + "'");
            }
        }
    }
}
