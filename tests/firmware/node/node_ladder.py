import ladder
from support import equal, fresh


class Site:
    """A board on its ladder, whose time the test moves."""

    def __init__(self, path=None, chance=0, **section):
        self.now_ms = 0
        self.path = path or fresh()
        self.chance = chance
        self.counts = {}
        self.section = section
        self.connection()

    def connection(self):
        """A connection stands and ends at once: what follows is a new silence."""
        if self.counts:
            self.ladder.over()
        self.ladder = ladder.Ladder(
            self.section, self.path, self.ms, self.now_ms, self.counts, self.random
        )

    def ms(self):
        return self.now_ms

    def random(self, count):
        return bytes([self.chance] * count)

    def silence(self, until_ms, alarm=False):
        """Every attempt fails until a time; returns when [s] network and board began anew."""
        taken = {ladder.RESTART_NETWORK: [], ladder.RESET: []}
        while self.now_ms < until_ms:
            rung, wait_ms = self.ladder.failed(alarm)
            if rung != ladder.RECONNECT and len(taken[rung]) < 20:
                taken[rung].append(self.now_ms // 1000)
            self.now_ms += wait_ms
        return taken[ladder.RESTART_NETWORK], taken[ladder.RESET]


def test_the_back_off_doubles_to_a_minute_and_begins_anew_after_a_connection_that_stood():
    site = Site()
    waits = [site.ladder.failed(False)[1] for _ in range(9)]
    equal(waits, [500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000])
    site.connection()
    equal(site.ladder.failed(False)[1], 500)
    equal(site.counts, {"reconnects": 10, "resets": 0, "hold": False})


def test_boards_that_lost_a_broker_together_come_back_apart():
    waits = {Site(chance=chance).ladder.failed(False)[1] for chance in range(0, 256, 32)}
    assert len(waits) == 8, waits
    assert min(waits) == 500
    assert max(waits) < 750, waits


def test_a_silent_network_is_started_again_and_then_the_board():
    site = Site()
    restarts, resets = site.silence(1850000)
    equal((len(restarts), len(resets)), (5, 1))
    assert 300 <= restarts[0] < 365, restarts
    assert 1800 <= resets[0] < 1865, resets
    equal(site.counts["resets"], 1)


def test_the_board_is_never_reset_while_an_alarm_stands():
    site = Site()
    equal(site.silence(86400000, alarm=True)[1], [])
    assert site.counts["network_restarts"] > 200
    equal(site.silence(site.now_ms + 1000)[1], [86400 + 3])


def test_resets_that_bring_nothing_end_and_a_connection_lets_them_begin_anew():
    path = fresh()
    for boot in range(2):
        site = Site(path)
        equal(site.ladder.holding(), False)
        site.silence(1900000)
        equal(site.counts["resets"], boot + 1)
    site = Site(path)
    assert site.ladder.holding()
    restarts, resets = site.silence(7 * 86400000)
    equal((len(restarts), resets, site.counts["hold"]), (20, [], True))
    site.connection()
    equal((Site(path).counts["resets"], site.ladder.holding()), (0, False))


def test_a_connection_ends_the_silence():
    site = Site()
    site.silence(290000)
    site.connection()
    equal(site.silence(site.now_ms + 290000), ([], []))


def test_a_site_sets_its_own_patience():
    site = Site(restart_network_s=20, reset_s=60)
    restarts, resets = site.silence(110000)
    assert 20 <= restarts[0] < 40, restarts
    equal(len(resets), 1)


def test_the_section_of_the_config():
    equal(ladder.wrong({"dns": ["10.0.0.1:53"], "reset_s": 600, "restart_network_s": 60}), [])
    for section in ({"dns": "10.0.0.1"}, {"reset_s": 1}, {"reset_s": True}, {"proxy": ""}):
        equal(len(ladder.wrong(section)), 1)
