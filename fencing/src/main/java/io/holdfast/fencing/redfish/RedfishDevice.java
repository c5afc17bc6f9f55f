package io.holdfast.fencing.redfish;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.Instant;
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

    /** Controllers have room for some sixteen accounts; those of a directory are not among them. */
    private static final int ACCOUNTS_MAX = 16;

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
        T of(Conversation conversation, JsonNode root, JsonNode system) throws RedfishException;
    }

    @Override
    public PowerReading readPower(Duration deadline) {
        long startNanos = System.nanoTime();
        try {
            return ask(deadline, (_, _, found) -> {
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

    @Override
    public PowerOrder powerOn(Duration deadline) {
        return order(ON, deadline);
    }

    private PowerOrder order(String type, Duration deadline) {
        long startNanos = System.nanoTime();
        try {
            return ask(deadline, (conversation, _, found) -> {
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

    /**
     * Whether the system may be forced off and the account has the right to it, and what time its manager has. What the
     * standard leaves to the maker counts as not told.
     */
    @Override
    public List<DeviceFact> facts(Duration deadline) {
        long startNanos = System.nanoTime();
        try {
            return ask(
                    deadline,
                    (conversation, root, found) ->
                            List.of(rights(conversation, root, found), clock(conversation, found)));
        } catch (RedfishException e) {
            return List.of(new DeviceFact.Silence(e.line(), since(startNanos)));
        }
    }

    @Override
    public boolean tellsHardware() {
        return true;
    }

    /** What the system says of its health, and what its chassis say of their fans, temperatures and power supplies. */
    @Override
    public HardwareHealth hardware(Duration deadline) {
        try {
            return ask(deadline, (conversation, _, found) -> new HealthLook(conversation).at(found));
        } catch (RedfishException e) {
            return HardwareHealth.unknown(e.line());
        }
    }

    private DeviceFact rights(Conversation conversation, JsonNode root, JsonNode found) {
        long startNanos = System.nanoTime();
        try {
            requireOffered(OFF, conversation, Resources.reset(found));
        } catch (RedfishException e) {
            DeviceFact.Rights.Answer answer =
                    e.trouble().isRefusal() ? DeviceFact.Rights.Answer.DENIED : DeviceFact.Rights.Answer.UNTOLD;
            return new DeviceFact.Rights(answer, e.line(), since(startNanos));
        }
        try {
            Resources.Role role = role(conversation, root);
            return new DeviceFact.Rights(role.mayReset(), role.said(), since(startNanos));
        } catch (RedfishException e) {
            return new DeviceFact.Rights(
                    DeviceFact.Rights.Answer.UNTOLD,
                    OFF + " is offered; what the account may is not told: " + e.line(),
                    since(startNanos));
        }
    }

    /** What the service says of the account that we log in with. */
    private Resources.Role role(Conversation conversation, JsonNode root) throws RedfishException {
        String service = Resources.linked(root.path("AccountService"), "its accounts");
        String accounts = Resources.linked(conversation.get(service).path("Accounts"), "its accounts");
        for (String path : Resources.members(conversation.get(accounts), "accounts").stream()
                .limit(ACCOUNTS_MAX)
                .toList()) {
            JsonNode each = conversation.get(path);
            if (each.path("UserName").asText().equals(account.user())) {
                String role = Resources.linked(each.path("Links").path("Role"), "the role of an account");
                return Resources.role(conversation.get(role));
            }
        }
        throw new RedfishException(
                Trouble.GARBLED, "the user is none of the first " + ACCOUNTS_MAX + " accounts of the service");
    }

    private static DeviceFact clock(Conversation conversation, JsonNode found) {
        long startNanos = System.nanoTime();
        try {
            String manager =
                    Resources.linked(found.path("Links").path("ManagedBy").path(0), "its manager");
            Instant time = Resources.time(conversation.get(manager));
            return new DeviceFact.Clock(time, "its manager tells its time", since(startNanos));
        } catch (RedfishException e) {
            return new DeviceFact.Clock(null, "its time is not told: " + e.line(), since(startNanos));
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
            return question.of(conversation, root, conversation.get(path));
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
