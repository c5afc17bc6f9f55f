package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.Consoles;
import io.holdfast.compute.Hold;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.core.VmState;
import io.holdfast.model.HostId;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is sent to {@code /servers/{id}/action}. Who may do which is said here and not in the policy of operations, because they
 * are all one operation of the contract.
 */
final class ServerActions {

    private static final Set<String> BOOLEANS = Set.of("true", "false", "1", "0", "yes", "no", "on", "off", "t", "f");
    private static final Pattern CONTROLS = Pattern.compile("[\\x00-\\x08\\x0B-\\x1F]");
    private static final int REASON = 73;

    /** An administrator's alone, with the name of Nova's policy. */
    private static final Map<String, String> ADMINS = Map.of(
            "migrate", "os_compute_api:os-migrate-server:migrate",
            "evacuate", "os_compute_api:os-evacuate",
            "os-resetState", "os_compute_api:os-admin-actions:reset_state");

    private final Instances instances;
    private final Recovery recovery;
    private final Consoles consoles;
    private final BiFunction<Call, Instance, Reply> rebuild;

    /** @param rebuild answers with the server as it is shown */
    ServerActions(
            Instances instances, Recovery recovery, Consoles consoles, BiFunction<Call, Instance, Reply> rebuild) {
        this.rebuild = rebuild;
        this.instances = instances;
        this.recovery = recovery;
        this.consoles = consoles;
    }

    Reply act(Call call, Instance instance) {
        JsonObject body = call.body();
        String name = body.fieldNames().iterator().next();
        String policy = ADMINS.get(name);
        if (policy != null && !call.caller().isAdmin()) {
            throw new ApiFault(403, "Policy doesn't allow " + policy + " to be performed.");
        }
        switch (name) {
            case "os-start" -> {
                requireUnlocked(call, instance);
                instances.start(instance.id(), call.caller().actor());
            }
            case "os-stop" -> {
                requireUnlocked(call, instance);
                instances.stop(instance.id(), call.caller().actor());
            }
            case "reboot" -> {
                requireUnlocked(call, instance);
                boolean gently = body.getJsonObject("reboot").getString("type").equalsIgnoreCase("SOFT");
                instances.reboot(instance.id(), gently, call.caller().actor());
            }
            case "pause" -> hold(call, instance, Hold.PAUSE);
            case "unpause" -> hold(call, instance, Hold.UNPAUSE);
            case "suspend" -> hold(call, instance, Hold.SUSPEND);
            case "resume" -> hold(call, instance, Hold.RESUME);
            case "rebuild" -> {
                requireUnlocked(call, instance);
                return rebuild.apply(call, instance);
            }
            case "lock" -> lock(call, instance, body.getJsonObject("lock"));
            case "unlock" -> unlock(call, instance);
            case "os-resetState" ->
                instances.resetState(
                        instance.id(),
                        body.getJsonObject("os-resetState").getString("state").equals("error"),
                        call.caller().actor());
            case "os-getConsoleOutput" -> {
                return console(instance, body.getJsonObject("os-getConsoleOutput"));
            }
            case "migrate" -> {
                return migrate(call, instance, body.getJsonObject("migrate"));
            }
            case "evacuate" -> {
                return evacuate(call, instance, body.getJsonObject("evacuate"));
            }
            default ->
                throw Compute.ABSENT
                        .action("servers", name, call.version())
                        .orElseGet(() -> ApiFault.badRequest("There is no such action: " + name));
        }
        return Reply.empty(202);
    }

    private void hold(Call call, Instance instance, Hold verb) {
        requireUnlocked(call, instance);
        instances.hold(instance.id(), verb, call.caller().actor());
    }

    /** A lock keeps everybody from changing the instance but administrators. */
    static void requireUnlocked(Call call, Instance instance) {
        if (instance.particulars().lock() != null && !call.caller().isAdmin()) {
            throw ApiFault.conflict("Instance " + instance.id() + " is locked");
        }
    }

    private void lock(Call call, Instance instance, @Nullable JsonObject wanted) {
        if (wanted != null
                && wanted.containsKey("locked_reason")
                && !call.version().atLeast(REASON)) {
            throw unexpected("lock", "locked_reason");
        }
        String reason = wanted == null ? null : wanted.getString("locked_reason");
        boolean owner = instance.project().equals(call.caller().project());
        Particulars.By by = owner ? Particulars.By.OWNER : Particulars.By.ADMIN;
        instances.changeParticulars(
                instance.id(),
                // What is locked already stays as it is for its owner.
                said -> said.lock() != null && owner ? said : said.withLock(new Particulars.Lock(by, reason)));
    }

    private void unlock(Call call, Instance instance) {
        Particulars.Lock lock = instance.particulars().lock();
        if (lock != null && lock.by() == Particulars.By.ADMIN && !call.caller().isAdmin()) {
            throw new ApiFault(
                    403, "Policy doesn't allow os_compute_api:os-lock-server:unlock:unlock_override to be performed.");
        }
        instances.changeParticulars(instance.id(), said -> said.withLock(null));
    }

    /** The last lines, all that there are for -1 or none; without what no terminal should be sent, as in Nova. */
    private Reply console(Instance instance, JsonObject wanted) {
        Object asked = wanted.getValue("length");
        int lines = asked == null ? -1 : Integer.parseInt(asked.toString());
        return switch (consoles.read(instance)) {
            case ConsoleAnswer.Written(String text) ->
                Reply.ok(new JsonObject()
                        .put("output", last(lines, CONTROLS.matcher(text).replaceAll(""))));
            case ConsoleAnswer.Unknown(String reason) ->
                throw ApiFault.conflict("Instance " + instance.id() + " is not ready: " + reason);
        };
    }

    private static String last(int lines, String text) {
        if (lines < 0) {
            return text;
        }
        List<String> all = text.lines().toList();
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
    }

    /** Cold, and confirmed by being seen running elsewhere: there is no VERIFY_RESIZE to confirm. {@code host} from 2.56 on. */
    private Reply migrate(Call call, Instance instance, @Nullable JsonObject wanted) {
        if (wanted != null && wanted.containsKey("host") && !call.version().atLeast(56)) {
            throw unexpected("migrate", "host");
        }
        String target = wanted == null ? null : wanted.getString("host");
        Recovery.MoveAnswer answer = recovery.migrate(
                instance.id(),
                target == null ? null : host(target),
                call.caller().actor());
        return switch (answer) {
            case Recovery.MoveAnswer.Accepted(var move) -> Reply.empty(202).with("Holdfast-Move", move.toString());
            case Recovery.MoveAnswer.Conflict(String reason) -> throw ApiFault.conflict(reason);
            case Recovery.MoveAnswer.NotFound() ->
                throw Servers.notFound(instance.id().toString());
        };
    }

    /**
     * By version: up to 2.13 {@code onSharedStorage} is required and a password is answered; from 2.14 on it is refused
     * and nothing is answered; {@code force} is there from 2.29 to 2.67; from 2.95 on it is left stopped at its new home.
     */
    private Reply evacuate(Call call, Instance instance, JsonObject wanted) {
        boolean old = !call.version().atLeast(14);
        if (old && !wanted.containsKey("onSharedStorage")) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute evacuate. 'onSharedStorage' is a required property");
        }
        if (!old && wanted.containsKey("onSharedStorage")) {
            throw unexpected("evacuate", "onSharedStorage");
        }
        if (wanted.containsKey("force")
                && (!call.version().atLeast(29) || call.version().atLeast(68))) {
            throw unexpected("evacuate", "force");
        }
        boolean shared = isTrue(wanted, "onSharedStorage");
        boolean force = isTrue(wanted, "force");
        String password = wanted.getString("adminPass");
        if (password != null) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute adminPass. The disk of an evacuated instance is"
                            + " kept, so its password cannot be set.");
        }
        if (old && !shared) {
            throw ApiFault.badRequest("Invalid input for field/attribute onSharedStorage. Instances live on shared"
                    + " storage; say true.");
        }
        String target = wanted.getString("host");
        if (force && target == null) {
            throw ApiFault.badRequest("Can't force to a non-provided destination");
        }
        VmState state = VmState.of(instance);
        if (state == VmState.PAUSED || state == VmState.SUSPENDED) {
            throw VmState.wrong("evacuate", instance.id(), state);
        }
        Recovery.EvacuationAnswer answer = recovery.evacuate(
                instance.id(),
                target == null ? null : host(target),
                call.version().atLeast(95),
                call.caller().actor());
        return switch (answer) {
            case Recovery.EvacuationAnswer.Accepted(var caseId) ->
                (old ? Reply.ok(new JsonObject().put("adminPass", "")) : Reply.empty(200))
                        .with("Holdfast-Case", caseId.toString());
            case Recovery.EvacuationAnswer.HostNotDown(String reason) ->
                throw ApiFault.badRequest(
                        "Compute service of " + (instance.home() == null ? "no host" : instance.home())
                                + " is still in use." + (reason.isEmpty() ? "" : " " + reason));
            case Recovery.EvacuationAnswer.Conflict(String reason) -> throw ApiFault.conflict(reason);
            case Recovery.EvacuationAnswer.NotFound() ->
                throw Servers.notFound(instance.id().toString());
        };
    }

    private static ApiFault unexpected(String action, String field) {
        return ApiFault.badRequest("Invalid input for field/attribute " + action
                + ". Additional properties are not allowed ('" + field + "' was unexpected)");
    }

    static boolean isTrue(JsonObject object, String field) {
        Object value = object.getValue(field);
        if (value == null) {
            return false;
        }
        String text = value.toString().toLowerCase(Locale.ROOT);
        if (!BOOLEANS.contains(text)) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute " + field + ". '" + value + "' is not a boolean");
        }
        return Set.of("true", "1", "yes", "on", "t").contains(text);
    }

    private static HostId host(String name) {
        return Servers.id(name, HostId::of)
                .orElseThrow(() -> ApiFault.badRequest("Compute host " + name + " could not be found."));
    }
}
