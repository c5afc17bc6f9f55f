package io.holdfast.chaos.scenario;

/**
 * What the format has a word for and the simulated world cannot do yet. Refused when it is read: a scenario that quietly
 * did less than it says would pass for the wrong reason.
 */
final class NotYet {

    private NotYet() {}

    static void check(ScenarioEvent event) {
        switch (event) {
            case ScenarioEvent.EvacuateToStopped(String instance) ->
                throw new Mistake(Mistake.notSupportedYet("asking for an instance to be moved and left stopped")
                                .text()
                        + "; its owner says so beforehand, with 'on-host-failure: stopped' at " + instance
                        + " in start.yaml");
            case ScenarioEvent.HostMaintenance _,
                    ScenarioEvent.SegmentMaintenance _,
                    ScenarioEvent.Armed _,
                    ScenarioEvent.ConfirmDead _,
                    ScenarioEvent.Abandon _,
                    ScenarioEvent.AbandonInstance _,
                    ScenarioEvent.Release _,
                    ScenarioEvent.RetryInstance _,
                    ScenarioEvent.Libvirtd _,
                    ScenarioEvent.GuestStopped _,
                    ScenarioEvent.Heartbeat _,
                    ScenarioEvent.StopsFail _,
                    ScenarioEvent.StartsFail _,
                    ScenarioEvent.PowerLost _,
                    ScenarioEvent.PowerBack _,
                    ScenarioEvent.ShutDown _,
                    ScenarioEvent.Hung _,
                    ScenarioEvent.Cut _,
                    ScenarioEvent.Healed _,
                    ScenarioEvent.HealedAll _,
                    ScenarioEvent.Partitioned _,
                    ScenarioEvent.Flapping _,
                    ScenarioEvent.Lossy _,
                    ScenarioEvent.BmcBehaves _,
                    ScenarioEvent.DeviceBehaves _,
                    ScenarioEvent.Agent _,
                    ScenarioEvent.GuestCrashed _,
                    ScenarioEvent.GuestsKilled _,
                    ScenarioEvent.StorageStalled _,
                    ScenarioEvent.ControllerKilled _,
                    ScenarioEvent.ControllerStarted _,
                    ScenarioEvent.ControllerPaused _,
                    ScenarioEvent.HandOver _,
                    ScenarioEvent.ZooKeeper _,
                    ScenarioEvent.Database _,
                    ScenarioEvent.Delete _,
                    ScenarioEvent.StartAsked _,
                    ScenarioEvent.StopAsked _,
                    ScenarioEvent.Evacuate _,
                    ScenarioEvent.ForceDown _,
                    ScenarioEvent.ForceDownCleared _,
                    ScenarioEvent.Retry _,
                    ScenarioEvent.Enabled _,
                    ScenarioEvent.End _ -> {}
        }
    }
}
