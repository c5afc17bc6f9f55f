package io.holdfast.chaos.sim;

import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Something that cuts a host's power and says whether there is power, if it is well; if not, it does what real ones do. It
 * never says "off" of what has power: against a device that lies about that, nothing helps.
 *
 * <p>A management controller and a chassis manager switch the host itself; an outlet of a power distribution unit switches
 * one of the host's supplies, and knows nothing of the others.
 */
public final class PowerDevice {

    /** What it switches. */
    interface Switched {
        boolean on();

        void off(String asker);

        void restore(String asker);
    }

    /** How it fails. */
    public enum Mood {
        WELL,
        /** Answers nothing and does nothing. */
        SILENT,
        /** Says "done" and does nothing. */
        LYING,
        /** Does and says everything 2 to 20 s late. */
        LATE,
        /** Refuses whatever needs a login. */
        WRONG_CREDENTIALS,
        /** Has no power when its host has none. */
        DEAD_WITH_HOST,
        /** Does what it is told; the answer to an order is lost. */
        REPLY_LOST,
        /** Its meter hangs: reads "on" whatever is true. Does what it is told. */
        READS_ON
    }

    private static final Duration SLOWEST_CUT = Duration.ofMillis(400);

    private final World world;
    private final Host host;
    private final String kind;
    private final Switched switched;
    private final Dice dice;
    private Mood mood = Mood.WELL;

    /** @param kind {@code bmc} and the like; with the host's name it is the name of the device */
    PowerDevice(World world, Host host, String kind, Switched switched) {
        this.world = world;
        this.host = host;
        this.kind = kind;
        this.switched = switched;
        this.dice = world.dice(kind + " of " + host.id());
    }

    public Mood mood() {
        return mood;
    }

    public void mood(Mood now) {
        if (mood != now) {
            mood = now;
            String word = now.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
            world.story().tell(party(), now == Mood.READS_ON ? "reads on from now on, whatever is true" : "is " + word);
        }
    }

    /** Its name, also as a party of the network. */
    public String party() {
        return kind + "-" + host.id();
    }

    /** Answers once, or never. */
    void readPower(String asker, Consumer<PowerReading> answer) {
        exchange(
                asker,
                () -> switch (mood) {
                    case SILENT -> null;
                    case DEAD_WITH_HOST -> host.hasPower() ? reading() : null;
                    case WRONG_CREDENTIALS -> new PowerReading(PowerState.UNKNOWN, "wrong password", Duration.ZERO);
                    case WELL, LYING, LATE, REPLY_LOST -> reading();
                    case READS_ON -> new PowerReading(PowerState.ON, "reads on", Duration.ZERO);
                },
                answer);
    }

    private PowerReading reading() {
        return switched.on()
                ? new PowerReading(PowerState.ON, "reads on", Duration.ZERO)
                : new PowerReading(PowerState.OFF, "reads off", Duration.ZERO);
    }

    /** Answers once, or never; what it does, it does all the same. */
    void powerOff(String asker, Consumer<PowerOrder> answer) {
        order(asker, () -> switched.off(asker), answer);
    }

    /** As {@link #powerOff}. */
    void powerOn(String asker, Consumer<PowerOrder> answer) {
        order(asker, () -> switched.restore(asker), answer);
    }

    private void order(String asker, Runnable act, Consumer<PowerOrder> answer) {
        exchange(
                asker,
                () -> {
                    PowerOrder done = new PowerOrder(PowerOrder.Answer.ACCEPTED, "done", Duration.ZERO);
                    return switch (mood) {
                        case SILENT -> null;
                        case WRONG_CREDENTIALS ->
                            new PowerOrder(PowerOrder.Answer.REFUSED, "wrong password", Duration.ZERO);
                        case LYING -> done;
                        case REPLY_LOST -> {
                            soon(act);
                            yield null;
                        }
                        case DEAD_WITH_HOST -> {
                            if (!host.hasPower()) {
                                yield null;
                            }
                            soon(act);
                            yield done;
                        }
                        case WELL, LATE, READS_ON -> {
                            soon(act);
                            yield done;
                        }
                    };
                },
                answer);
    }

    private void soon(Runnable act) {
        world.timeline().after(dice.between(Duration.ofMillis(20), SLOWEST_CUT), act);
    }

    private <T> void exchange(
            String asker, java.util.function.Supplier<@org.jspecify.annotations.Nullable T> act, Consumer<T> answer) {
        Network network = world.network();
        network.send(Network.Net.POWER, asker, party(), () -> {
            Duration late = mood == Mood.LATE
                    ? dice.between(Duration.ofSeconds(2), Duration.ofSeconds(20))
                    : dice.between(Duration.ofMillis(5), Duration.ofMillis(80));
            world.timeline().after(late, () -> {
                T said = act.get();
                if (said != null) {
                    network.send(Network.Net.POWER, party(), asker, () -> answer.accept(said));
                }
            });
        });
    }
}
