package io.holdfast.fencing.redfish;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One system of a Redfish service that cuts and reads the power of one host.
 *
 * <p>Any thread may call; calls do not share anything but the certificate that is believed.
 */
public final class RedfishDevice implements FenceDevice {

    /** A chassis manager of the largest kind has some tens of systems on one page. */
    private static final int PAGES_MAX = 16;

    private static final String OFF = "ForceOff";
    private static final String ON = "On";

    private final String name;
    private final Conversation.Account account;
    private final @Nullable String system;

    /**
     * @param password the password itself; never part of a message
     * @param trust who may answer
     */
    public RedfishDevice(FencingSettings.Redfish settings, String password, Trust trust) {
        String where = settings.authority();
        this.system = settings.system();
        this.name = "redfish " + where + (system == null ? "" : " system " + system);
        this.account = new Conversation.Account(
                "https://" + where, where, settings.user(), password, settings.loginOrDefault(), trust);
    }

    @Override
    public String name() {
        return name;
    }

    /** What is asked of a system, once it is found. */
    private interface Question<T> {
        T of(Conversation conversation, JsonNode system) throws RedfishException;
    }

    @Override
    public PowerReading readPower(Duration deadline) {
        long startNanos = System.nanoTime();
        try {
            return ask(deadline, (_, found) -> {
                String word = Resources.powerWord(found).orElse("missing");
                return new PowerReading(Resources.power(found), "power state is " + word, since(startNanos));
            });
        } catch (RedfishException e) {
            return new PowerReading(PowerState.UNKNOWN, e.line(), since(startNanos));
        }
    }

    @Override
    public PowerOrder powerOff(Duration deadline) {
        return order(OFF, deadline);
    }

    /** Orders the power on. As with the power off, what comes back is the device's word. */
    public PowerOrder powerOn(Duration deadline) {
        return order(ON, deadline);
    }

    private PowerOrder order(String type, Duration deadline) {
        long startNanos = System.nanoTime();
        try {
            return ask(deadline, (conversation, found) -> {
                Resources.Reset reset = Resources.reset(found);
                requireOffered(type, conversation, reset);
                int status = conversation.post(reset.target(), Map.of("ResetType", type));
                return new PowerOrder(
                        PowerOrder.Answer.ACCEPTED, type + " accepted (" + status + ")", since(startNanos));
            });
        } catch (RedfishException e) {
            PowerOrder.Answer answer =
                    e.trouble().isRefusal() ? PowerOrder.Answer.REFUSED : PowerOrder.Answer.NO_ANSWER;
            return new PowerOrder(answer, e.line(), since(startNanos));
        }
    }

    /** A service that does not say what it offers is asked all the same: it can still refuse. */
    private static void requireOffered(String type, Conversation conversation, Resources.Reset reset)
            throws RedfishException {
        Optional<List<String>> allowed = reset.allowed();
        if (allowed.isEmpty() && reset.actionInfo().isPresent()) {
            allowed = Resources.allowed(conversation.get(reset.actionInfo().get()));
        }
        if (allowed.isPresent() && !allowed.get().contains(type)) {
            throw new RedfishException(
                    Trouble.NOT_OFFERED, type + " is not among " + Resources.text(String.join(", ", allowed.get())));
        }
    }

    private <T> T ask(Duration deadline, Question<T> question) throws RedfishException {
        try (Conversation conversation = new Conversation(account, deadline)) {
            JsonNode root = conversation.root();
            String systems = Resources.systems(root);
            conversation.logIn(Resources.sessions(root));
            String path = Resources.choose(members(conversation, systems), system);
            return question.of(conversation, conversation.get(path));
        }
    }

    private static List<String> members(Conversation conversation, String systems) throws RedfishException {
        List<String> members = new ArrayList<>();
        Optional<String> page = Optional.of(systems);
        for (int i = 0; page.isPresent(); i++) {
            if (i == PAGES_MAX) {
                throw new RedfishException(
                        Trouble.TOO_LARGE, "the collection of systems has more than " + PAGES_MAX + " pages");
            }
            Resources.SystemsPage read = Resources.systemsPage(conversation.get(page.get()));
            members.addAll(read.members());
            page = read.next();
        }
        return members;
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    @Override
    public String toString() {
        return name();
    }
}
