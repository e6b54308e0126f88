"""The routes of pages, by the rule of permissions.py that says who is let in."""

SIGNED = """
GET /demonstration
POST /demonstration
GET /
GET /coverage
GET /coverage/pictures/<int:key>
GET /units
GET /units/<unit_id>
GET /duties
GET /roster
GET /operate
GET /operate/
GET /operate/decisions
GET /operate/decisions/<key>
GET /operate/instances/<key>
GET /operate/processes
GET /operate/processes/<key>
GET /tasklist
GET /tasklist/
GET /tasklist/<key>
GET /figures
GET /figures/<figure>
POST /figures/export
GET /changes/tasks
"""

SEEN = """
GET /tasks
GET /tasks/<key>
GET /changes/tasks/<key>
"""

CLAIM = """
POST /tasks
"""

DO = """
POST /tasks/<key>
"""

MATTER = """
GET /changes/matters/<number>
GET /matters
GET /matters/<number>
GET /matters/<number>/way
GET /matters/<number>/way/changes
GET /matters/<number>/ways/<int:key>
GET /matters/<number>/attachments
GET /matters/<number>/attachments/<int:key>

GET /matters/<number>/decisions
POST /matters/export
POST /matters/<number>/export
GET /matters/<number>/record
POST /matters/<number>/notes
"""

CONTACT = """
POST /matters/<number>/contact
"""

TELL = """
POST /matters/<number>/urge
POST /matters/<number>/attachments
"""

AGENCY = """
GET /heat
GET /heat/<process_id>
GET /heat/<process_id>/<element_id>
"""

SUPERVISE = """
POST /matters/<number>/supervision
"""

LADDER = """
GET /supervision
"""

SPEAK = """
POST /matters/<number>/public-notes
"""
