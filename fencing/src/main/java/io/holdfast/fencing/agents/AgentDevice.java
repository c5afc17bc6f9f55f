package io.holdfast.fencing.agents;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.agents.core.AgentAction;
import io.holdfast.fencing.agents.core.AgentAnswer;
import io.holdfast.fencing.agents.core.AgentArguments;
import io.holdfast.fencing.agents.core.AgentCall;
import io.holdfast.fencing.agents.core.AgentMetadata;
import io.holdfast.fencing.agents.core.AgentRun;
import io.holdfast.fencing.agents.core.AgentTrouble;
import io.holdfast.fencing.agents.core.Secrets;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One host's power, read and cut by a fence agent. Each call is a run of its own, so a reading cannot be answered from the
 * state of an order.
 *
 * <p>Any platform thread may call; calls share nothing.
 */
public final class AgentDevice implements FenceDevice {

    private static final Path TEMPORARY = Path.of(System.getProperty("java.io.tmpdir"));

    private final String name;
    private final Path program;
    private final Map<String, String> options;
    private final Secrets secrets;
    private final AgentMetadata metadata;
    private final AgentRunner runner;
    private final boolean hidesFromIpmitool;

    AgentDevice(
            String name,
            Path program,
            AgentMetadata metadata,
            Map<String, String> options,
            Secrets secrets,
            AgentRunner runner) {
        this.name = name;
        this.program = program;
        this.metadata = metadata;
        this.options = Map.copyOf(options);
        this.secrets = secrets;
        this.runner = runner;
        this.hidesFromIpmitool = AgentArguments.runsIpmitool(metadata) && secrets.hasPassword();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public PowerReading readPower(Duration deadline) {
        AgentRun run = run(AgentAction.STATUS, deadline);
        AgentAnswer answer = AgentAnswer.status(run, secrets);
        return new PowerReading(answer.power(), answer.text(), run.took());
    }

    @Override
    public PowerOrder powerOff(Duration deadline) {
        return order(AgentAction.OFF, deadline);
    }

    @Override
    public PowerOrder powerOn(Duration deadline) {
        return metadata.can(AgentAction.ON) ? order(AgentAction.ON, deadline) : FenceDevice.super.powerOn(deadline);
    }

    private PowerOrder order(AgentAction action, Duration deadline) {
        AgentRun run = run(action, deadline);
        AgentAnswer answer = AgentAnswer.order(run, secrets);
        AgentTrouble trouble = answer.trouble();
        PowerOrder.Answer said = trouble == null
                ? PowerOrder.Answer.ACCEPTED
                : trouble.refusal() ? PowerOrder.Answer.REFUSED : PowerOrder.Answer.NO_ANSWER;
        return new PowerOrder(said, answer.text(), run.took());
    }

    /** Is the device there, and does it let us in? A run of its own. */
    @Override
    public List<DeviceFact> facts(Duration deadline) {
        if (!metadata.can(AgentAction.MONITOR)) {
            return List.of();
        }
        AgentRun run = run(AgentAction.MONITOR, deadline);
        AgentAnswer answer = AgentAnswer.monitor(run, secrets);
        return List.of(new DeviceFact.Contact(answer.trouble() == null, answer.text(), run.took()));
    }

    private AgentRun run(AgentAction action, Duration deadline) {
        if (!hidesFromIpmitool) {
            return runner.run(program, AgentCall.of(action, options, secrets), deadline);
        }
        long startNanos = System.nanoTime();
        String ipmitool = AgentCall.ipmitool(metadata, options);
        try (IpmitoolStandIn standIn = IpmitoolStandIn.make(ipmitool, TEMPORARY, runner.asAnother())) {
            return runner.run(
                    program, AgentCall.besideIpmitool(action, options, secrets, ipmitool, standIn.path()), deadline);
        } catch (IOException e) {
            return new AgentRun(
                    new AgentRun.NotStarted(String.valueOf(e.getMessage())),
                    "",
                    "",
                    false,
                    Duration.ofNanos(System.nanoTime() - startNanos));
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
