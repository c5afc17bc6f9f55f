package io.holdfast.chaos.scenario;

/**
 * What the format has a word for and the simulated world cannot do yet. Refused when it is read: a scenario that quietly
 * did less than it says would pass for the wrong reason.
 */
final class NotYet {

    private NotYet() {}

    static void check(ScenarioEvent event) {
        switch (event) {
            case ScenarioEvent.HostMaintenance _ -> throw Mistake.notSupportedYet("maintenance of a host");
            case ScenarioEvent.SegmentMaintenance _ -> throw Mistake.notSupportedYet("maintenance of the segment");
            case ScenarioEvent.Armed _ -> throw Mistake.notSupportedYet("disarming the segment");
            case ScenarioEvent.EvacuateToStopped _ ->
                throw Mistake.notSupportedYet("asking for an instance to be moved and left stopped");
            case ScenarioEvent.ConfirmDead _ -> throw Mistake.notSupportedYet("confirming a host dead");
            case ScenarioEvent.Abandon _ -> throw Mistake.notSupportedYet("giving a case up");
            case ScenarioEvent.Release _ -> throw Mistake.notSupportedYet("ending a quarantine");
            case ScenarioEvent.Libvirtd _,
                    ScenarioEvent.GuestStopped _,
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
