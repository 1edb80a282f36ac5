"""Every number that a remote side, a file or a person can push against.

Seconds are seconds, sizes are bytes unless the name says otherwise.
"""

# -- lines (protocol, "Lines")
LINE = 4096
GREETED_SUITES = 16

# -- Noise (protocol, "Handshake")
NOISE_MESSAGE = 65_535
"""The longest message, encrypted, that Noise (section 3) has."""

# -- records (protocol, "Records")
RECORD_HEADER = 4
PADDING = 64
SERVER_PLAINTEXT = 4032
PEER_PLAINTEXT = (1 << 20) + 256
"""A `BLOCK` and what stands around it."""
GATHERED_RECORDS = 16
"""Of one turn that go to the kernel together."""
UNREAD_OUTPUT = 2 << 20
"""What a direct link may hold for someone who does not read, beyond the transport's 64 KiB."""
SERVER_UNREAD_OUTPUT = 64 * 1024
"""The same for a server link."""

# -- links
HANDSHAKE_SECONDS = 10
"""From a new server link to the end of its handshake, and again to `login`."""
PROXY_HEADERS = 256
"""Links through an operator's load balancer that have not said yet where they come from."""
NOTICE = 800
"""Characters of what the operator wants people to read."""
NOTICE_LINES = 16
"""Lines of it that are shown."""
NOTICE_BURST = 3
"""Different ones that a client shows at once."""
NOTICE_SECONDS = 60
"""In which it shows one more."""
CLOSING_SECONDS = 300
"""Over how long a server that shuts down may ask people to spread their coming back."""
LOGIN_CPU_SECONDS = 0.0013
"""What one of these costs it."""
LISTEN_QUEUE = 4096
"""Connections that wait in the kernel until the daemon takes them."""
ACCEPTS = 32
"""Of those it takes in one turn of its reactor."""
ABORT_SECONDS = 5
"""From `loseConnection` to `abortConnection`."""
SUCCESSION_SECONDS = 60
"""How long two daemons wait for each other when one takes over from the other."""
SUCCESSION_QUIET_SECONDS = 1
"""How long a daemon that gives way waits for handshakes, while new links wait in the kernel."""
SUCCESSION_LINE = 1024
SUCCESSION_HANDED = 64 * 1024
"""What the two say to each other, and the list of sockets at its beginning."""
DAILY_SECONDS = 24 * 3600
"""After which certificates are read anew though nobody has said so."""
CERTIFICATE_SOON_SECONDS = 7 * 24 * 3600
"""A certificate that expires sooner is warned of, unless it was made for less than four weeks."""
SEGMENT = 1220
"""Bytes of TCP in one packet: what IPv6 leaves of the 1280 that every path takes."""
KEEPALIVE_IDLE = 60
KEEPALIVE_INTERVAL = 15
KEEPALIVE_PROBES = 3
USER_TIMEOUT = 105

# -- the garbage collector
COLLECTOR_SECONDS = 3600
"""How often it looks at everything."""
COLLECTOR_YOUNG = 4
"""Collections of young objects between two of all that are not left aside; Python's own number is
10, and each then takes two and a half times as long."""
COLLECTOR_OBJECTS = 100_000
"""At how many objects it looks at most at one time; the program itself has half of them."""

# -- clocks
CLOCK_DRIFT_SECONDS = 2
CLOCK_DRIFT = 0.001
"""Seconds, and parts of the time that has passed, by which the date may go faster or slower than a
clock that never jumps; more is a jump."""
DATE_DOUBT_SECONDS = 600
"""How long a jump of the date has to last before it counts."""
CLOCK_LOOK_SECONDS = 60
"""How often the daemon looks whether the date has jumped."""
TIME_KEPT_SECONDS = 3600
"""How often the daemon writes down how much time it has seen pass."""
UNSEEN_SECONDS = 7 * 24 * 3600
"""What counts at most of the time between two daemons, before names run out."""

# -- where the server sees a client, and the door (protocol, "Tokens")
EPOCH_SECONDS = 7 * 24 * 3600
"""How long a seed makes what it makes; that is then valid for as long again."""
EPOCH_DOUBT_SECONDS = 24 * 3600
"""How long the date must have said that an epoch is over before its seed is forgotten."""
EPOCH_LOOK_SECONDS = 3600
SEED_FILE = 256
DOOR = 58
DOOR_PAGES = 1024
"""Pages of 4096 bits each in which it is remembered which tokens were shown."""
DOOR_SHOWN_FILE = 1 << 20
DOOR_TOKENS = 2
"""In one `welcome`."""
DOORS = 64
"""Servers of which one profile remembers how to come to them; the oldest goes."""
DOOR_KEPT = 8
"""Tokens that a client keeps for one identity at one server; the newest ones."""
SEEN = 34
VOUCHER = 38
VOUCHER_RANDOM = 16
COMMITMENT = 32
SEEN_WAIT_SECONDS = 2
"""How long an offer waits for what the server says about the other family."""
SEEN_SECONDS = 30
"""How long a connection stays that asks for a voucher."""
VOUCHER_SECONDS = 60
VOUCHED_SECONDS = 3600
"""How long an address that was vouched for holds."""

# -- features
FEATURES = 16
FEATURE_LENGTH = 32

# -- the rendezvous service
SERVER_PORT = 1712
MOST_CLIENTS = 1_000_000
"""What an operator may set the number of people to."""
CONFIG_FILE = 1 << 20
"""Bytes of the file of settings."""
SERVER_KEY_FILE = 256
"""The file of the server's key."""
MAX_CLIENTS = 1000
"""People who are logged in, unless the operator says otherwise."""
LINK_MEMORY = 4 << 10
"""Bytes that an idle link takes, with its place in the lobby."""
ENDING_LINKS = 1024
"""Links of the server whose end was said and which have not gone; the oldest is aborted."""
FEWEST_LINKS = 256
"""Such links, and links at the door of people who are known, for which there is room in any case;
beyond that there is as much as the machine allows descriptors."""
SERVER_READ = 8192
"""Bytes that are read of a server link at a time."""
FRESH_LINKS = 256
"""Links that have not logged in, of sources that have a share left."""
REST_LINKS = 256
"""The same of sources that have none."""
DOOR_SHARES = 2
"""What one source, and one identity with tokens, has of the rooms at the door at once."""
DOOR_SHARE_SECONDS = 60
"""In how many seconds it gets as many again."""
COUNTED = 16_384
"""Sources, and keys, whose use is remembered; the least lately used is forgotten, and as new."""
MOST_WEIGHT = 1_000_000
"""What an operator may call a shared network worth, in single addresses."""
TURN_MILLISECONDS = 2
"""Work on handshakes in one turn of the reactor."""
REST_PERCENT = 15
"""Of the time, for the handshakes of those without a share."""
REST_SPAN_MILLISECONDS = 100
"""The time of which that is a part."""
NAME_LENGTH = 32
WANTED_NAME_LENGTH = 64
"""How long a name on its way to the server may be, so that a bad one gets an answer."""
NAMES_PER_KEY = 3
NAMES = 100_000
"""Names on one server, unless the operator says otherwise."""
MOST_NAMES = 10_000_000
"""What an operator may set that to."""
NAME_PROVISIONAL_SECONDS = 24 * 3600
"""How long the names of a new key stay bound after its owner has left."""
NAME_KEPT_SECONDS = 365 * 24 * 3600
"""The same for a key whose owner has been here a day after the first name."""
NAMES_PER_SOURCE = 20
"""New names that are bound for one source in a day."""
NAME_DAYS_IN_A_MONTH = 5
"""How many days' worth of them in a month, so that nobody takes all names in a year of days."""
NAME_SOURCES = 100_000
"""Networks whose new names are counted; those that were used last."""
BANS = 100_000
CONFIGURED = 2000
"""Parts of one list among the settings."""
VISITED = 200
"""Links that are looked at, or told something, in one turn when settings have changed."""
ALLOWED = 100_000
"""Keys on the list of a private server."""
ADMIN_LINE = 4096
ADMIN_PAGE = 1000
"""Names in one answer to chatctl."""
ADMIN_SECONDS = 10
NAME_CHANGES = 10_000
"""Changes to names that wait for the disk; beyond, none is accepted."""
DISK_SECONDS = 5
"""What the disk may take to store something, before that is refused or given up."""
NAME_LOCKED_SECONDS = 4
"""How long another program may lock the file of names, before what waits is refused."""
NAME_LOG_PAGES = 100
"""Pages of new names that are kept beside the file of names before they are put into it."""
NAME_RETRY_SECONDS = 5
"""Until what could not be stored, and nobody waits for, is tried again."""
COMMANDS_PER_SECOND = 2
COMMAND_BURST = 8
"""Of one key, for search, request, release and username; more are read later."""
ANSWERS_PER_SECOND = 8
ANSWER_BURST = 32
"""The same for accept, decline, cancel and offer."""
PER_SOURCE = 10
"""How many keys' worth of both one source has."""

DAEMON_GROWTH = 32 << 20
"""What any one remote side can make a daemon take, beyond what it takes when nobody is there."""
CLIENT_GROWTH = 16 << 20
"""The same for a client."""

# -- what the operator sees
REFUSED_SOURCES = 64
"""Sources that are counted between two summaries of what was refused."""
NAMED_SOURCES = 3
"""Of these, those that such a summary names."""
SUMMARY_SECONDS = 60
"""From the first refusal to the summary of all of them."""
PULSE_SECONDS = 1
"""How often the delay of the reactor is measured."""
HEALTHY_SECONDS = 10
"""How late everything may be in a daemon that is well."""
METRICS_LINKS = 16
"""Connections that read figures at once."""
METRICS_LINK_SECONDS = 30
"""Of silence, after which such a connection is closed."""
LOG_REPEATS = 30
"""Lines of one kind that are logged in `LOG_SECONDS`."""
LOG_DETAILS = 1000
"""The same for lines that are only there on demand."""
LOG_SECONDS = 60
LOG_KINDS = 256
"""Kinds of lines that are told apart."""
LOG_LINE = 4096
"""Characters of one line."""
LOG_FRAMES = 20
"""Places in the code that are named for one error."""
LOG_BYTES = 10 << 20
"""After which a log file is begun anew."""
LOG_FILES = 5
"""Old ones that are kept."""

# -- presence (protocol, "Presence")
HELD_SECONDS = (9000, 18_000)
"""How long those who left to talk are shown as around, drawn for each."""
BACK_LATE_SECONDS = 600
"""How long after their return, at most, they are shown again if that had run out."""
HOLD_STEP_SECONDS = 600
"""In these steps it is written down for the next daemon."""
HOLD_MEMORY_SECONDS = 8 * 3600
"""How long after its end a hold is remembered."""
HOLDS_PER_CLIENT = 4
"""Holds that are remembered for each of the people who may be logged in."""
WITHDRAWN_SECONDS = 60
"""Within these somebody hears that whoever asked them has begun to talk with another."""
WITHDRAWING = 4096
"""Those who are still to hear it; more hear it at once."""

# -- introductions (protocol, "Introductions")
REQUEST_SECONDS = 300
OFFER_SECONDS = 10
ASKING = 8
"""Open requests of one asker."""
ASKED = 16
"""Open requests to one name."""
ASKED_SETTLED = 4
"""Of these, for askers whose names have outlived their first day."""
ASKED_PER_SOURCE = 2
ASKING_PER_SOURCE = 64
"""Open requests of one source, to whomever."""
VAIN_ASKS = 4
"""Requests of one asker to one name that were delivered and not accepted, before the next waits."""
VAIN_ASKS_PER_SOURCE = 8
"""The same of one source."""
DECLINED_SECONDS = 60
DECLINES = 4096
"""Declined requests that are remembered for that time; the newest ones count."""
INTRODUCTION_ID = 16
PROOF = 44
"""What a request may carry for the one whom it asks."""
OFFER = 1024
OFFER_SECRET = 32
CANDIDATES = 8
NEAR_CANDIDATES = 2
"""Of these, private addresses and those on loopback, all with one port."""
PLACES = 2
"""Addresses at which the server sees somebody: one in each family."""

# -- the direct link (protocol, "The direct link")
PREPARING_SECONDS = 15
RACE_SECONDS = 8
LINK_SECONDS = 5
"""What an unfinished direct link may take."""
ONION_LINK_SECONDS = 20
"""The same through Tor."""
ONION_RACE_SECONDS = 60
"""A race between two who are both behind onion services."""
UNFINISHED_LINKS = 16
MEETING_LINKS = 64
"""Links of one introduction, ending ones included, beside the one that people talk on. Two who
offer eight addresses each have 17 at a time, perhaps as many that are ending, and strangers."""
EPHEMERALS = 4096
"""Verified first messages of one introduction that a host has answered and remembers; the newest
count."""
OPENINGS_PER_SECOND = 4
OPENING_BURST = 256
"""Openings of one introduction that are answered: first messages at a host, KNOCKs at a guest that
looks for a link. Each race makes some tens at most."""
OPENINGS_BESIDE_PER_SECOND = 1
OPENING_BESIDE_BURST = 128
"""KNOCKs that a guest answers beside a link that is in use."""
DIAL_TRIES = 20
CAME_FROM = 2
"""Addresses from which links of the other side came, the newest, that are dialled as well."""
TELL_SECONDS = 2
"""Between two words of a side about where it can be found by now."""
TELLINGS = 8
"""Of these, that are read at once; more are passed over."""
TOLD_CANDIDATES = 16
"""Addresses and ports that are new to whoever is told of them, of one introduction, at once."""
TOLD_SECONDS = 3600
"""For one more of these."""
TOLD_NEAR = 8
"""Private addresses, and those on loopback, among these, in all."""
MEET_AFTER_SECONDS = 1
"""From a change of the network, or a fall back to the relay, to the wish for another introduction
beside the conversation."""
MEET_FIRST_PAUSE_SECONDS = 60
MEET_MOST_PAUSE_SECONDS = 3600
"""Between two such wishes on a relayed link without a change."""
MEETS = 4
MEET_SECONDS = 60
"""So many of them at once, of both sides together, and so long for one more."""
MEET_DOUBT_SECONDS = 2
"""From a doubt about a link to the server, where the relay still takes our ticket."""
MEET_AGAIN_SECONDS = 2
"""Between two asks there while the doubt lasts, as the other side may have none yet."""
MEETING_SECONDS = 20
"""At the server for that."""
MEET_RACE_SECONDS = 15
"""Looking for a better link after it; all rounds of a spray are over then."""
DIAL_MOST_PAUSE_SECONDS = 1
"""Between two tries; as long as that, while a conversation has no link."""
REDIAL_SECONDS = 2.5
"""What a connection may take then: the kernel's own tries lie further and further apart."""
RELAY_MOST_PAUSE_SECONDS = 32
"""Between two tries at the relay, while a conversation has no link; the first is a second."""
UPNP_SECONDS = 2
"""How long an offer waits for the router to say where it passes a port on to us."""
UPNP_LEASE_SECONDS = 3600
UPNP_TRIES = 3
"""Ports outside that are asked for before giving up."""
UPNP_LINE = 128
UPNP_MEMORY = 128 << 20
"""Bytes of data that the program has which reads what a router says."""

# -- the relay (protocol, "The relay")
RELAY_TICKET = 45
RELAY_SECRET = 32
RELAY_SHOWN = 77
"""A ticket and the proof of its owner."""
RELAY_TICKET_SECONDS = 60
"""How long a ticket opens a link; a link that is open stays."""
RELAY_WAIT_SECONDS = 20
"""How long one side waits for the other."""
RELAY_IDLE_SECONDS = 300
"""Twice the longest pause between pings, and more."""
RELAY_HEAD_START_SECONDS = 2
"""How long a client tries direct paths alone before it goes to the relay."""
RELAY_AGAIN_SECONDS = 0.3
"""The same where a conversation has lost its link, or may have."""
RELAY_RACE_SECONDS = 15
"""A race in which the relay takes part."""
RELAY_PAIRS = 32
"""At a small relay, which is the default; the next at an open one."""
RELAY_OPEN_PAIRS = 256
RELAY_UNPAIRED = 256
"""Links to a relay that have shown no ticket yet."""
RELAY_REFUSED = 64
"""Links that were told why there is no room, and have not gone yet; more are told nothing."""
RELAY_LINKS_PER_PERSON = 4
RELAY_LINKS_PER_SOURCE = 8
RELAY_RATE = 1 << 20
"""Bytes a second that pass in all at a small relay, unless the operator says otherwise."""
RELAY_PAIR_RATE = 256 << 10
RELAY_SOURCE_RATE = 512 << 10
RELAY_PERSON_BYTES = 256 << 20
"""Bytes that may pass for one person in a day, whoever they talk to."""
RELAY_SOURCE_BYTES = 1 << 30
RELAY_OPEN_RATE = 8 << 20
"""The same at an open relay."""
RELAY_OPEN_PAIR_RATE = 1 << 20
RELAY_OPEN_SOURCE_RATE = 2 << 20
RELAY_OPEN_PERSON_BYTES = 4 << 30
RELAY_OPEN_SOURCE_BYTES = 16 << 30
MOST_RELAY_PAIRS = 100_000
MOST_RELAY_RATE = 10 << 30
"""What an operator may set the two to."""
RELAY_HOST = 253

# -- conversation
MESSAGE_TEXT = 16 * 1024
LAST_SECOND = 253_402_300_799
"""Since 1970, at the end of the year 9999: no later time of sending is one."""
KIND_LENGTH = 16
"""Characters of the kind of a message."""
UNACKNOWLEDGED = 256
PING_SECONDS = 15
"""Of silence after a text, before a sign of life is asked for; doubled with each that follows."""
GUEST_LATER_SECONDS = 5
"""A guest waits so much longer, so that in silence the host alone asks."""
PING_LEAST_SECONDS = 5
"""However soon a path forgets."""
PING_DOUBLINGS = 3
"""How often: two minutes are half of what the shortest-lived translators keep a connection."""
LOST_SECONDS = 30
"""How long a text or a ping may stay without any answer."""
SUSPECT_SECONDS = 3
SUSPECT_LEAST_SECONDS = 0.6
"""The same, before another link is looked for beside the one in use: twice the time that an answer
may take, within these bounds."""
SLOWEST_PATH = 32 * 1024
"""Bytes in a second; what is on its way may take so long in addition."""
LEAVE_SECONDS = 5
FLIGHT = 256 * 1024
"""Bytes of texts that are on their way at a time; more wait for acknowledgements."""
RESUME_SECONDS = 600
"""How long both sides of an interrupted conversation look for each other."""
QUIET_SECONDS = 3
"""Without a link, before a person is told."""
RESUME_FIRST_PAUSE_SECONDS = 1
RESUME_MOST_PAUSE_SECONDS = 60
"""Before the host asks again at the server; each pause is twice as long as the one before."""
CONVERSATIONS = 32
"""Of one client at a time, from the making of each to its end."""
RESUMING_AT_A_TIME = 4
"""Requests of a client to go on with interrupted conversations: half of `ASKING`, as the others are
for what its person asks."""
PAST_CONVERSATIONS = 64
"""Conversations at one server that a profile remembers: the open ones, and those that are over and
of which the other side may not know it yet."""
PAST_SECONDS = 3600
"""How long after their end: nobody asks for one longer than it takes to miss somebody, and
`RESUME_SECONDS`."""
COUNTED_SECRETS = 256
"""Secrets whose proofs are counted: those of conversations and of cards that we got."""
STANDBY_LINKS = 4
"""Connections that wait unfinished beside the link in use, and links that were left."""
ROUND_TRIPS = 4
ANSWER_LEAST_SECONDS = 0.3
ANSWER_MOST_SECONDS = 3
"""How long a guest waits for an answer on its link before it takes another: so many round trips of
the link, within these bounds."""
ANSWER_GROWN_SECONDS = 4
TAKES_SECONDS = 60
"""The wait is doubled by each take that follows another one within this time, up to that bound."""
RESUME_SECRETS = 16
"""Secrets of one conversation that a guest keeps; the newest count."""
SPRAY_SOCKETS = 256
"""From which the side whose router gives random ports dials, in each round."""
SPRAY_PORTS = 1024
"""Of that side's address that the other one dials, in each round."""
SPRAY_NEAR = 64
"""Of these are around the one at which it was seen."""
SPRAY_AT_ONCE = 16
SPRAY_PAUSE_SECONDS = 0.02
"""So many connections are dialled, then there is a pause."""
SPRAY_AFTER_SECONDS = 1
"""From a relayed link to the spray."""
SPRAY_ROUNDS = 2
SPRAY_ROUND_SECONDS = 5
SPRAY_LATER_SECONDS = 2
"""Before what was refused is dialled once more."""
SEARCH_FIRST_PAUSE_SECONDS = 30
SEARCH_MOST_PAUSE_SECONDS = 600
"""Between two searches for a direct path in a relayed conversation; each is twice as long as the
one before."""
RENEW_RECORDS = 1 << 16
"""Records in both directions after which a direct link gets new keys."""
RENEW_SECONDS = 600
"""The same in time, if anything was said."""
RENEWAL_SECONDS = 60
"""How long one side of a renewal waits for the other."""
RENEWAL_MESSAGE = 1312
"""The longest message of a handshake for new keys."""

# -- files that are sent
OFFERED_NAME = 255
"""Bytes of the name of one file: what disks take."""
OFFERED_DEPTH = 64
"""Folders in each other, and the file in the last one."""
OFFERED_SIZE = 1 << 50
"""Bytes of one file, and of all in one offer."""
OFFERED_ENTRIES = 100_000
"""Files and folders of one offer."""
OFFERED_FOLDERS = 10_000
"""Of these, folders: they are kept in memory, files are not."""
OFFERED_NAMES = 8 << 20
"""Bytes of all the names of one offer."""
TRANSFER_ID = 16
TRANSFER_KEPT_SECONDS = 7 * 24 * 3600
"""How long a transfer that is not over is remembered after something of it has gone over."""
TRANSFERS_ENDED = 64
"""Transfers with one identity of which the end is remembered; the newest count."""
STREAMS = 64
"""Transfers of one side that are open on a link; more wait for these."""
STREAMS_AT_ONCE = 3
"""Of these, those that may send."""
LIST_PIECE = 32 << 10
"""Bytes of a list in one message."""
PIECE_ENTRIES = 1024
"""Entries in one."""
LIST = 8 << 20
"""Bytes of one list."""
LISTS = 8 << 20
"""Bytes of all lists of transfers that a taker has not done with."""
BLOCK = 1 << 20
"""Bytes of a file that have one hash."""
SMALL_FILE = 32 << 10
"""Bytes of the longest file that goes over in one piece."""
SMALL_FILES = 64
"""Of these, how many are read at one go."""
SMALL_BYTES = 512 << 10
"""Bytes in those."""
BLOCK_HASHES = 1024
"""In one message."""
BLOCKS_AHEAD = 2048
"""Hashes that a taker says before its position."""
WRONG_BLOCKS = 16
"""Of one stream, until it is given up."""
FILE_CHANGES = 3
"""How often a file may change while it is sent, until it is left out."""
FILE_GROWTH = 64 << 10
"""What a file may have more than was offered, with an eighth of that."""
FILES_GROWTH = 4 << 20
"""The same for all files of a transfer together."""
WINDOW = 9 * (BLOCK + 4096)
"""Bytes of all streams that a disk has not taken yet: three blocks, with what they count, of each
that goes on at a time."""
PIECE_COST = 256
"""What a piece counts beside its bytes."""
LEAST_DATA = 1024
"""Bytes of a file in a piece that does not end its block."""
READ_AHEAD = 2 << 20
"""Bytes of one stream that are read and not sent yet."""
READS = 64
"""Blocks of one stream that are asked for at a time."""
INPUT_KEPT = WINDOW + READ_AHEAD + BLOCK
"""Bytes of an input, which is read once, that are kept as a taker may ask for them again."""
INPUTS = 4
"""Inputs that are given at a time."""
INPUT_POLL_SECONDS = 0.25
"""How long a thread waits for bytes of an input before it looks whether they are still wanted."""
INPUT_END_SECONDS = 0.25
"""How long the end of an input is held back: an interrupt that has ended whoever wrote it ends us
as well."""
INPUT_FREE_LEFT = 1 << 30
"""Bytes of a disk that a file whose end is not known leaves to others, or a sixteenth of a smaller
disk."""
LOOKING_SECONDS = 1
"""After which a person sees how many files were found of what they offer."""
DISK_BATCH = 2 << 20
"""Bytes that are read or written at one go in a thread."""
READ_AGAIN = 4
"""Blocks of an earlier run that a giver reads again with each that it reads."""
CHECK_BYTES = 8 << 20
"""Of what an earlier run has left, looked at in one go."""
CHECK_SECONDS = 0.1
"""Between two of these, as long as something comes."""
FULL_SECONDS = 5
"""Until a full disk is looked at again."""
SYNC_BYTES = 32 << 20
SYNC_SECONDS = 2
"""After so many bytes, or so long, what has come is made durable."""
AWAITED = 16 << 10
"""Bytes; where a record that has begun wants more, nothing is read before it is whole."""
HEAP_KEPT = 8 << 20
"""Bytes at the end of a heap that are kept for what comes; a block with all around it is less."""
UNSENT = 32 << 10
"""Bytes that a kernel holds of a direct link and has not sent yet, or a quarter of a chunk."""
FIRST_CHUNK = 64 << 10
"""Bytes of the first chunk on a link."""
LEAST_CHUNK = 4096
"""Bytes of a chunk on a slow link."""
TOGETHER_SECONDS = 0.02
"""A chunk is as much as a link takes in this time, by the chunk before."""
WINDOW_STEP = 512 << 10
"""Bytes of a window that are told together."""

# -- the client
TYPED_KEYS = 64
"""Keys that come at once and may have been typed; more are a paste."""
PASTE_SECONDS = 0.1
"""Of silence, after which a paste is over."""
LOST_PASTE_SECONDS = 1
"""The same where the terminal has marked its beginning and not its end."""
UNDO_CHARACTERS = 1 << 20
"""Of all the earlier forms of the line being typed."""
HISTORY_CHARACTERS = 1 << 20
"""Of all the lines that were typed before."""
HISTORY_FILE = 1 << 20
"""Bytes of the file of these, if one is kept: at a start, half of it."""
HELD_LINES = 256
PATIENT_COMMANDS = 16
"""Commands that wait for the server while it is away."""
WITHDRAWN = 64
"""Introductions that we withdrew and whose "go" may still be on its way."""
PIPED_LINE = 2 * MESSAGE_TEXT
"""How much of one line of piped input is kept; what is over `MESSAGE_TEXT` is never sent."""
PIPED_WINDOW = UNREAD_OUTPUT // 8
"""Bytes of piped messages that are on their way at a time, up to one message more."""
RPC_LINE = 8 * MESSAGE_TEXT
"""Bytes of one line of a program: a message of which every byte is escaped, and what is around."""
RPC_QUEUE = 1 << 20
"""Bytes that wait for one program or terminal that does not read; more is left out and counted."""
ONE_SHOT_TEXT = 16 * MESSAGE_TEXT
"""Bytes of what `chat send` says, in as many messages as it takes."""
ONE_SHOT_SECONDS = 120
"""How long `chat send` and `chat ask` wait for the other person, unless told otherwise."""
TIMEOUT_SECONDS = 366 * 86400
"""The most that they can be told to wait, which every clock of the system can count."""
AGENT_SECONDS = 20
"""How long an agent may take to say something, which may have to be started for it."""
UNLOCK_SECONDS = 60
"""How long an agent may work on a passphrase."""
AGENT_AGAIN_SECONDS = 1
"""Between two looks of a terminal for an agent that is gone."""
AGENT_READERS = 32
"""Terminals and programs that use one agent at a time."""
API_LINE = 16 << 20
"""Bytes of one line that `chatd.api` reads: a snapshot with every contact."""
API_EVENTS = 10_000
"""Events that wait there for the program; more are left out and counted."""
SCROLLBACK = 1 << 20
SCROLLBACK_EVENTS = 2000
"""Bytes and number of events that are kept for whoever attaches later."""
NAT64_ANSWERS = 16
"""Addresses of `ipv4only.arpa` that are looked at."""
NAT64_PREFIXES = 4
"""Prefixes of one network that are known."""
NETWORK_QUIET_SECONDS = 0.1
NETWORK_BURST_SECONDS = 1
"""A change of this machine's network is told when nothing more came for so long, or, if more comes
without an end, after so long."""
NETWORK_NEWS = 32768
"""Bytes of one announcement of the kernel; most have about a hundred."""
KERNEL_SECONDS = 1
"""For its answer about this machine's addresses, which is there before it is read."""
INTERFACES = 10_000
"""Interfaces, and addresses of these, that are looked at."""
NETWORK_READS = 64
"""Announcements that are read in one turn of the reactor; the others wait in the kernel."""
LOOKUP_SECONDS = 10
"""For the address of a name."""
ANSWER_SECONDS = 30
"""How long the server may owe an answer: to the login, a command, a request, or the end of one."""
RECONNECT_FIRST_SECONDS = 1
RECONNECT_MOST_SECONDS = 60
PROXY_CONNECT_SECONDS = 10
PROXY_SECONDS = 125
"""All that a proxy may take for one connection: a little longer than Tor looks for a way."""
PROXY_HEAD = 16384
"""Bytes of all that an HTTP proxy says before we are connected."""
PROXY_PASSWORD = 255
"""Bytes of the name and of the password that it asks for."""
TOR_CONTROL_SECONDS = 10
"""What Tor may take to let us in at its control port, and for each command there."""
TOR_LINE = 128
ONION_FIRST_PAUSE_SECONDS = 1
ONION_MOST_PAUSE_SECONDS = 60
"""Before an onion service is made again that could not be made or was lost; each pause is twice as
long as the one before, until one is published."""
LAST_WORDS_SECONDS = 0.5
"""What a second signal leaves to the client, whatever it waits for."""
PARTING_SECONDS = 2
"""How long the end of the client waits for the disk, and for its last words to be taken."""
LATE_SECONDS = 60
"""How much earlier a message was sent than it came, before that is shown."""
ROOM = 4 << 20
"""Bytes of messages that are kept for a person who has not read them yet; read ones stay in what is
left of it."""
ROOM_OF_ONE = 256
"""Bytes that a message takes there beside its text."""
UNDRAWN = 256 * 1024
"""Cells of messages that wait to be drawn, with `UNDRAWN_ROW` for each line; what comes beyond is
folded."""
UNDRAWN_ROW = 80
LOOKED_FOR = 8
"""Contacts for whom a list of them asks the server, so that it takes a few seconds."""
LISTING_SECONDS = 1.0
"""Between two of these, which is less often than the server answers."""
WAITED_FOR = 8
"""People for whom a person waits."""
LOOKOUT_SECONDS = 60.0
"""In which the server is asked once for each of them."""
LOOK_BACK_ROWS = 2000
"""Rows that PageUp shows once more."""
DRAWING_SECONDS = 0.03
"""For so long after something was drawn, what comes waits to be drawn together: nobody sees more
often."""
DRAWN_ROWS = 32
"""Rows that are drawn in one turn of the reactor, so that the keyboard is heard between them."""
SHOWN_TEXT = MESSAGE_TEXT
"""Characters of one remote text that are shown."""
SHOWN_LINES = 100
"""Lines of one remote text that are shown."""
AT_HAND_SECONDS = 5
"""So long after a key the person is thought to look at the terminal, and is not called to it."""
CALL_AGAIN_SECONDS = 60
"""Between two calls for a person who does not come."""
CALL_CELLS = 100
"""Of the text of a notification."""
MARKS = 8
"""Combining marks that are shown on one letter."""
EMOJI_JOINERS = 3
PETNAME = 32
"""Characters of what a person calls a contact."""
LONG_ARGUMENT = 256
"""Characters of what stands behind a command that takes more than a name."""
SEEN_NAMES = 256
"""Names that completion offers."""
SHOWN_PATHS = 60
"""Paths that it offers, of those that fit."""
LOOKED_AT_PATHS = 20_000
"""Files of one folder that it looks at."""

# -- files that land
PACE_SECONDS = 10
"""Of a transfer, over which its pace is said."""
PACE_STEP_SECONDS = 0.5
"""Between two looks at it, and before the first word."""
TRANSFERS_KEPT = 512
"""Transfers that a profile remembers and that are not over, and as many that are."""
TAKEN_SECONDS = 300
"""How long a client without a terminal waits, at the end of its input, for files to be taken."""
FREE_LEFT = 16 << 20
"""Bytes of a disk that are left to others."""
JOURNAL_RECORD = 1024
"""Bytes of one record of what has landed."""
JOURNAL_READ = 64 * 1024
"""Of these, bytes that are read at a time."""
UNSYNCED_FILES = 32
"""That are open until they are on the disk; where there are more, the whole disk is synced."""
SAME_NAMES = 1000
"""Files of one name, numbered, before there is no more room for it."""
OFFERED_SHOWN = 12
"""Entries of what is offered that are shown without being asked for."""
REQUESTS_TOLD = 16
"""Requests of strangers that are told one after the other, and as many of contacts; what comes
beyond is counted."""
REQUEST_TOLD_SECONDS = 10
"""Until another one is told."""
OFFERS_TOLD = 6
"""Offers of one person that are told one after the other; what comes beyond is counted."""
OFFER_TOLD_SECONDS = 20
"""Until another one is told."""
OFFERS_FOLLOWED = 1024
"""Offers of which it is known whether a person has read of them, until their end."""
LISTED = 1000
"""Entries of one transfer that are shown at a time."""
LEAST_LARGEST = 1 << 31
"""Bytes of a file that every disk takes."""
LEFT_OVER_SHOWN = 100
"""Folders in which nobody goes on that are named."""
LANDED_SHOWN = 100
"""Places of what landed that are named at the end."""

# -- what the client keeps on disk
KEPT_FILE = 16 << 20
"""One file; nobody gets there by hand."""
SERVER_ADDRESS = 261
"""Characters of HOST:PORT."""
HELD_NAMES = 64
"""Names that one profile remembers to have held on one server; the oldest goes."""
CONTACTS = 1000
"""People whom one profile knows at one server."""
SEALED_MEMORY = 1 << 20
"""KiB that a file of a sealed key may make us use."""
SEALED_ITERATIONS = 16
PASSPHRASE = 1024
"""Bytes of one that is typed."""
PASSPHRASE_TRIES = 3
PASSPHRASE_YEARS = 1000
"""How long all passphrases like a good one take to be tried."""
GUESSES_PER_SECOND = 10_000
"""By a thousand machines: one needs about a tenth of a second for each."""
STRETCHING_SECONDS = 1
"""How long the work on a passphrase may take before something is said about it."""
CARDS = 32
"""Invite cards that one profile has out at one server, and as many that it got."""
CARD = 1024
"""Characters of a card behind its prefix."""
CARD_SECONDS = 7 * 24 * 3600
"""How long an invite card holds."""
CONTACT_NAMES = 16
"""Names that one contact is remembered under; the oldest goes."""
AUTHORITIES = 1 << 20
"""What is read of the file of certificates that --ca names."""
FILE_LOCK_SECONDS = 5
"""How long one chatd waits for another that is writing the same file."""
